/** @file Guidance curves of one attribute: hit rate, distance and diversity against the weight, one line a combination. */
import { curveWeights, type CurveChoice, type CurvePoint } from '../../protocol/curves.ts';

const HEIGHT = 168;
const TOP = 24;
const BOTTOM = 28;
const LEFT = 42;
const RIGHT = 10;

/** One of the three panels. */
export interface CurveKind {
  readonly title: string;
  readonly value: (point: CurvePoint) => number | null;
  readonly interval: (point: CurvePoint) => readonly [number, number] | null;
  /** Dashed line, and the band of real cells. */
  readonly real: (choice: CurveChoice) => number | null;
  readonly band: (choice: CurveChoice) => readonly [number, number] | null;
  readonly least: number;
  readonly most: number | null;
  /** On a root scale, where far points would flatten near ones. */
  readonly root: boolean;
  readonly show: (value: number) => string;
}

interface Line {
  readonly choice: CurveChoice;
  readonly points: readonly CurvePoint[];
}

/** A panel `width` pixels wide; the newest combination is drawn strongest, `suggested` is marked. */
export function CurvePlot(props: {
  kind: CurveKind;
  lines: readonly Line[];
  width: number;
  suggested: number | null;
}) {
  const { kind, lines, width, suggested } = props;
  const x = (weight: number): number => LEFT + ((width - LEFT - RIGHT) * weight) / 4;
  const most = kind.most ?? topOf(kind, lines);
  const share = (value: number): number => {
    const part = Math.max(0, (Math.min(value, most) - kind.least) / (most - kind.least));
    return kind.root ? Math.sqrt(part) : part;
  };
  const y = (value: number): number => HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share(value);
  const last = lines.at(-1);
  const band = last ? kind.band(last.choice) : null;
  const real = last ? kind.real(last.choice) : null;
  const ticks = [kind.least, kind.least + (most - kind.least) * (kind.root ? 0.25 : 0.5), most];
  return (
    <svg
      className="plot"
      width={width}
      height={HEIGHT}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="img"
      aria-label={`${kind.title} against the weight`}
    >
      <text className="lab" x={0} y={13}>
        {kind.title}
      </text>
      {ticks.map((tick) => (
        <g key={tick}>
          <line className="gl" x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
          <text x={LEFT - 5} y={y(tick) + 4} textAnchor="end">
            {kind.show(tick)}
          </text>
        </g>
      ))}
      {[0, 1, 2, 3, 4].map((weight) => (
        <text key={weight} x={x(weight)} y={HEIGHT - 10} textAnchor="middle">
          {weight}
        </text>
      ))}
      {band && (
        <rect
          className="floor"
          x={LEFT}
          width={width - LEFT - RIGHT}
          y={y(band[1])}
          height={Math.max(1, y(band[0]) - y(band[1]))}
        />
      )}
      {real !== null && (
        <line
          className="floorline"
          strokeDasharray="3 3"
          x1={LEFT}
          x2={width - RIGHT}
          y1={y(real)}
          y2={y(real)}
        />
      )}
      {suggested !== null && (
        <line
          className="suggested"
          x1={x(suggested)}
          x2={x(suggested)}
          y1={TOP}
          y2={HEIGHT - BOTTOM}
        />
      )}
      {lines.map((line, index) => (
        <CurveLine
          key={line.choice.value}
          line={line}
          kind={kind}
          x={x}
          y={y}
          old={lines.length - 1 - index}
        />
      ))}
    </svg>
  );
}

function topOf(kind: CurveKind, lines: readonly Line[]): number {
  const values = lines.flatMap(({ choice, points }) => [
    ...points.map((point) => kind.value(point) ?? 0),
    kind.band(choice)?.[1] ?? 0,
  ]);
  const top = Math.max(kind.least + 1e-6, ...values) * 1.1;
  const unit = 10 ** Math.floor(Math.log10(top));
  return Math.ceil(top / unit) * unit;
}

const dashes = [undefined, '6 3', '2 3', '8 3 2 3'];

function CurveLine(props: {
  line: Line;
  kind: CurveKind;
  x: (weight: number) => number;
  y: (value: number) => number;
  old: number;
}) {
  const { line, kind, x, y, old } = props;
  const known = curveWeights.flatMap((weight) => {
    const point = line.points.find((own) => own.weight === weight);
    const value = point && kind.value(point);
    return point && value !== null && value !== undefined ? [{ point, value }] : [];
  });
  const path = known.map(
    ({ point, value }, i) => `${i === 0 ? 'M' : 'L'}${x(point.weight)} ${y(value)}`,
  );
  return (
    <g className={old > 0 ? 'curve old' : 'curve'}>
      <path d={path.join('')} strokeDasharray={dashes[old] ?? undefined} />
      {known.map(({ point, value }) => {
        const ends = kind.interval(point);
        return (
          <g key={point.weight}>
            {ends && old === 0 && (
              <line
                className="whisker"
                x1={x(point.weight)}
                x2={x(point.weight)}
                y1={y(ends[0])}
                y2={y(ends[1])}
              />
            )}
            <circle className="syn" cx={x(point.weight)} cy={y(value)} r={old > 0 ? 2.5 : 4}>
              <title>{`${line.choice.value}, weight ${point.weight}: ${kind.show(value)}`}</title>
            </circle>
          </g>
        );
      })}
    </g>
  );
}
