/** @file The loss of one stage of the training as a figure: curve, reading, table, files. */
import { useMemo } from 'react';
import { useStudio } from '../../state/store.ts';
import type { LossPoint } from '../../state/types.ts';
import { curveName, lossColumns, lossMarks, nearestX } from './loss-series.ts';
import { LossCanvas } from './LossCanvas.tsx';
import { LossSvg } from './LossSvg.tsx';
import { PlotFigure, type PlotTable } from './PlotFigure.tsx';
import { useThrottled } from './use-throttled.ts';

/** The stages that have a loss. */
export type LossStage = 'autoencoder' | 'flow';

const stages = {
  autoencoder: { name: 'Autoencoder', counts: 'epoch', unit: 'nats per cell' },
  flow: { name: 'Flow', counts: 'step', unit: 'mean squared error' },
} as const;

/** Curves are redrawn at most five times a second. */
const interval = 200;
/** Points that can be read one by one. */
const mostMarks = 60;

/** The loss curve of a stage; "Not begun yet" before its first point. */
export function LossFigure({ stage }: { readonly stage: LossStage }) {
  const points = useStudio((state) => state.model.curves[stage]);
  const until = useStudio(({ model }) =>
    model.status !== 'ready' && model.stage === stage && stage === 'flow' ? model.of : null,
  );
  return <LossOf {...stages[stage]} points={useThrottled(points, interval)} until={until} />;
}

/** Properties of a loss figure. */
export interface LossOfProps {
  readonly name: string;
  /** What x counts: "epoch" or "step". */
  readonly counts: string;
  readonly unit: string;
  readonly points: readonly LossPoint[];
  /** End of the x axis while training runs, or null: the last point. */
  readonly until: number | null;
}

/** The figure of these points. */
export function LossOf({ name, counts, unit, points, until }: LossOfProps) {
  const columns = useMemo(() => lossColumns(points), [points]);
  const readable = useMemo(() => lossColumns(points, mostMarks), [points]);
  const marks = useMemo(() => lossMarks(readable, counts, unit), [readable, counts, unit]);
  const table = useMemo(() => lossTable(points, counts), [points, counts]);
  return (
    <PlotFigure
      title={name}
      kind={`loss-${name.toLowerCase()}`}
      says={curveName(name, counts, unit, points)}
      caption={`${name}: loss on training cells (solid) and held-out cells (dashed) by ${counts}, ${unit}.`}
      marks={marks}
      table={table}
      leastHeight={110}
      drawing={({ width, height }) => (
        <LossSvg {...{ columns, counts, unit, until, width, height }} reading={null} />
      )}
    >
      {({ width, height, active, read }) =>
        points.length === 0 ? (
          <p className="loss-wait">Not begun yet.</p>
        ) : (
          <LossCanvas
            {...{ columns, counts, unit, until, width, height }}
            reading={active < 0 ? null : (readable[0][active] ?? null)}
            onPoint={(x) => read(x === null ? -1 : nearestX(readable[0], x))}
          />
        )
      }
    </PlotFigure>
  );
}

function lossTable(points: readonly LossPoint[], counts: string): PlotTable {
  return {
    head: [counts, 'training', 'held-out'],
    rows: points.map(({ at, train, heldOut }) => [at, train, heldOut ?? '']),
  };
}
