/** @file A row a predictor: every perturbation a dot, the mean with its interval, the floor's interval as a band behind all. */
import type { PredictorMeans } from '../../protocol/perturb-api.ts';
import type { PerturbScores, ScoredPrediction } from '../../protocol/perturb.ts';
import { formatNumber } from '../../state/format.ts';
import { BottomAxis } from '../plots/Axes.tsx';
import { linearScale } from '../plots/scales.ts';
import { predictorNames, scoreText } from './perturb-words.ts';

const ROW = 24;
const TOP = 10;
const LABELS = 216;
const NUMBERS = 64;
/** Dots a row at most. */
const MOST_DOTS = 150;

/** Draws the rows `width` pixels wide. */
export function PredictorPlot(props: {
  rows: readonly PredictorMeans[];
  scored: readonly ScoredPrediction[];
  score: keyof PerturbScores;
  width: number;
  active: number;
}) {
  const { rows, scored, score, width, active } = props;
  const dots = rows.map(({ predictor }) =>
    scored.flatMap((own) => {
      const value = own.predictor === predictor ? own.scores[score] : null;
      return value === null ? [] : [value];
    }),
  );
  const ends = [...dots.flat(), ...rows.flatMap(({ scores }) => scores[score]?.interval ?? [])];
  const right = Math.max(LABELS + 120, width - NUMBERS);
  const x = linearScale(Math.min(0, ...ends), Math.max(...ends, 1e-9), LABELS, right);
  const of = new Set(scored.map(({ label, context }) => JSON.stringify([label, context]))).size;
  const bottom = TOP + rows.length * ROW;
  const height = bottom + 38;
  const floor = rows.find(({ predictor }) => predictor === 'floor')?.scores[score];
  const band = floor ? (floor.interval ?? [floor.mean, floor.mean]) : null;
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      {x.ticks(5).map((tick) => (
        <line key={tick} className="gl" x1={x(tick)} x2={x(tick)} y1={TOP} y2={bottom} />
      ))}
      {band && (
        <rect
          className="floor"
          x={x(band[0])}
          width={Math.max(2, x(band[1]) - x(band[0]))}
          y={TOP}
          height={bottom - TOP}
        />
      )}
      {rows.map((row, r) => (
        <Row
          key={row.predictor}
          row={row}
          values={dots[r] ?? []}
          score={score}
          x={x}
          y={TOP + r * ROW + ROW / 2}
          width={width}
          read={active === r}
          of={of}
        />
      ))}
      <BottomAxis scale={x} y={bottom} />
    </svg>
  );
}

function Row(props: {
  row: PredictorMeans;
  values: readonly number[];
  score: keyof PerturbScores;
  x: (value: number) => number;
  y: number;
  width: number;
  read: boolean;
  /** Perturbations that were scored. */
  of: number;
}) {
  const { row, values, score, x, y, width, read, of } = props;
  const { mean = null, interval = null } = row.scores[score] ?? {};
  const own = row.predictor === 'model';
  const { perturbations = of } = row.scores[score] ?? {};
  return (
    <g>
      <text className={own || read ? 'lab strong-text' : 'lab'} x={0} y={y + 4}>
        {predictorNames[row.predictor]}
        {perturbations < of && (
          <tspan className="dim">
            , {formatNumber(perturbations)} of {formatNumber(of)}
          </tspan>
        )}
      </text>
      {values.slice(0, MOST_DOTS).map((value, i) => (
        <circle key={i} className="real-dot" cx={x(value)} cy={y} r={1.8} />
      ))}
      {interval && (
        <line className="whisker" x1={x(interval[0])} x2={x(interval[1])} y1={y} y2={y} />
      )}
      {mean !== null &&
        (own ? (
          <circle className="syn" cx={x(mean)} cy={y} r={5.5} />
        ) : (
          <path className="base" d={`M${x(mean)} ${y - 5}l5 5l-5 5l-5-5z`} />
        ))}
      <text className="lab" x={width} y={y + 4} textAnchor="end">
        {mean === null ? 'none' : scoreText(mean, score)}
      </text>
    </g>
  );
}
