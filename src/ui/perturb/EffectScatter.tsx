/** @file Predicted changes of genes against real ones, or against the sum of the members' own: on the diagonal they agree. */
import { useState } from 'react';
import type { PerturbEffect } from '../../protocol/perturb.ts';
import { formatDecimal, formatNumber } from '../../state/format.ts';
import type { ShownPrediction } from '../../state/perturb.ts';
import { Empty } from '../controls/Note.tsx';
import { Segments } from '../controls/Segments.tsx';
import { BottomAxis, LeftAxis } from '../plots/Axes.tsx';
import { PlotFigure } from '../plots/PlotFigure.tsx';
import { linearScale, plotMargin } from '../plots/scales.ts';
import { spreadNames } from '../plots/spread-labels.ts';
import { madeBy } from './figure-made.ts';
import { changeUnit, signed } from './perturb-words.ts';

/** Genes drawn at most, those with the largest changes; and those with a name. */
const MOST = 700;
const NAMED = 16;

type Against = 'real' | 'additive';

interface Point {
  readonly gene: string;
  readonly x: number;
  readonly y: number;
}

const said: Readonly<Record<Against, string>> = {
  real: 'real change',
  additive: 'sum of the members’ own changes',
};

function pointsOf(effects: readonly PerturbEffect[], against: Against): Point[] {
  return effects
    .flatMap(({ gene, predicted, [against]: x }) => (x === null ? [] : [{ gene, x, y: predicted }]))
    .sort((a, b) => Math.hypot(b.x, b.y) - Math.hypot(a.x, a.y))
    .slice(0, MOST);
}

/** The plot, and what it is drawn against. */
export function EffectScatter({ prediction }: { prediction: ShownPrediction }) {
  const { report, correlation, realCells, about } = prediction;
  const several = report.request.members.length > 1;
  const possible = (['real', 'additive'] as const).filter((own) =>
    own === 'real' ? realCells > 0 : several && correlation.additive !== null,
  );
  const [wanted, setWanted] = useState<Against>('real');
  const against = possible.includes(wanted) ? wanted : possible[0];
  if (against === undefined)
    return (
      <Empty
        missing="Nothing to compare with"
        advice="No real cell has this set in these cells. Ask for a measured one."
      />
    );
  const points = pointsOf(report.effects, against);
  const r = correlation[against];
  const agreement = r === null ? '' : ` r = ${formatDecimal(r, 2)} over all genes.`;
  return (
    <>
      {possible.length > 1 && (
        <Segments
          label="Against"
          options={possible.map((value) => ({ value, label: value === 'real' ? 'Real cells' : 'Sum of members' }))} // prettier-ignore
          value={against}
          onChange={setWanted}
        />
      )}
      <div className="perturb-plot">
        <PlotFigure
          title={`Predicted against ${said[against]}`}
          kind="perturb-scatter"
          says={`Predicted change against ${said[against]} of ${formatNumber(points.length)} genes, ${about}.${agreement}`}
          caption={`Predicted change against ${said[against]} of genes, ${about}; on the diagonal they agree.${agreement} Changes are of logs of mean counts: the r of the scores is of means of logs, in which genes with few counts weigh less.`}
          marks={points.slice(0, 100).map(({ gene, x, y }) => `${gene}: predicted ${signed(y)}, ${said[against]} ${signed(x)}.`)} // prettier-ignore
          table={{
            head: ['gene', said[against], 'predicted'],
            rows: points.map(({ gene, x, y }) => [gene, x, y]),
          }}
          made={madeBy(prediction)}
          least={360}
          leastHeight={190}
        >
          {({ width, height, active }) => (
            <Scatter {...{ points, width, height, active, r, title: said[against] }} />
          )}
        </PlotFigure>
      </div>
    </>
  );
}

function Scatter(props: {
  points: readonly Point[];
  width: number;
  height: number;
  active: number;
  r: number | null;
  title: string;
}) {
  const { points, width, height, active, r, title } = props;
  const tall = height - plotMargin.top - plotMargin.bottom;
  const wide = Math.min(width - plotMargin.left - plotMargin.right, 3.6 * tall);
  const ends = points.flatMap(({ x, y }) => [x, y]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const x = linearScale(low, high, plotMargin.left, plotMargin.left + wide);
  const y = linearScale(low, high, plotMargin.top + tall, plotMargin.top);
  const [from, to] = x.domain();
  const dots = points.map((point) => ({ name: point.gene, x: x(point.x), y: y(point.y) }));
  const room = { left: plotMargin.left, right: plotMargin.left + wide, top: plotMargin.top, bottom: plotMargin.top + tall }; // prettier-ignore
  const named = spreadNames(dots.slice(0, NAMED), dots, room);
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <LeftAxis scale={y} from={plotMargin.left} to={plotMargin.left + wide} title="predicted" />
      <line className="gl" x1={x(0)} x2={x(0)} y1={plotMargin.top} y2={plotMargin.top + tall} />
      <line className="diagonal" x1={x(from)} y1={y(from)} x2={x(to)} y2={y(to)} />
      {points.map((point, i) => (
        <circle
          key={point.gene}
          className={active === i ? 'synthetic-dot on' : 'synthetic-dot'}
          cx={x(point.x)}
          cy={y(point.y)}
          r={active === i ? 5 : 2.4}
        />
      ))}
      {named.map(({ name, anchor, ...at }) => (
        <text key={name} {...at} textAnchor={anchor}>
          {name}
        </text>
      ))}
      <text className="end" x={x(to) + 6} y={plotMargin.top + 12}>
        {r === null ? '' : `r = ${formatDecimal(r, 2)}`}
      </text>
      <BottomAxis scale={x} y={plotMargin.top + tall} title={`${title}, ${changeUnit}`} />
    </svg>
  );
}
