/** @file Plots of steering: what was asked against what is seen, and the same cells at four guidance weights. */
import { confusionOf } from '../../state/actions/plots.ts';
import { compareWeights } from '../../state/actions/weights.ts';
import { columnOf } from '../../state/data-view.ts';
import { useExplore } from '../../state/explore.ts';
import { formatPercent } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Empty } from '../controls/Note.tsx';
import { confusionMarks, ConfusionPlot, rowShares } from './ConfusionPlot.tsx';
import { PlotFigure } from './PlotFigure.tsx';
import { panelHits, panelText, WeightMaps } from './WeightMaps.tsx';

/** Properties of the plots. */
export interface WeightPlotsProps {
  readonly kind: 'confusion' | 'weights';
  readonly attribute: string;
}

/** The confusion of an attribute, or its small multiples. */
export function WeightPlots({ kind, attribute }: WeightPlotsProps) {
  const steered = useStudio(
    ({ model }) =>
      model.status === 'ready' &&
      (model.info?.attributes.some(({ name }) => name === attribute) ?? false),
  );
  if (!steered)
    return (
      <Empty
        missing="Nothing to steer here"
        advice="Choose an attribute that a model was trained with."
      />
    );
  return kind === 'confusion' ? (
    <ConfusionOf attribute={attribute} />
  ) : (
    <WeightsOf attribute={attribute} />
  );
}

function ConfusionOf({ attribute }: { readonly attribute: string }) {
  useStudio((state) => state.synthetic.recognised);
  const sequence = useExplore((state) => state.sequence);
  const confusion = confusionOf(attribute);
  if (!confusion)
    return (
      <Empty
        missing="Nothing was asked"
        advice={`Give ${attribute} a weight above 0 and generate cells.`}
      />
    );
  const { categories, cells, realHits } = confusion;
  const n = categories.length;
  const total = cells.reduce((sum, count) => sum + count, 0);
  const right = categories.reduce((sum, _, i) => sum + cells[i * n + i], 0);
  const against = realHits === null ? '' : ` Held-out real cells: ${formatPercent(realHits, 0)}.`;
  const said = `${formatPercent(right / Math.max(1, total), 0)} of synthetic cells are seen as asked.${against}`;
  const shares = rowShares(confusion);
  return (
    <PlotFigure
      title={`Asked and seen, ${attribute}`}
      kind={`confusion-${attribute}`}
      says={`Confusion of ${attribute}: ${said}`}
      caption={`What was asked (rows) against what a nearest-neighbour classifier of real cells sees (columns), per cent of each row. ${said}`}
      marks={confusionMarks(confusion)}
      table={{
        head: ['asked', 'seen as', 'cells', 'share of row'],
        rows: Array.from(cells, (count, at) => [categories[Math.floor(at / n)], categories[at % n], count, shares[at]]), // prettier-ignore
      }}
      least={170 + 18 * n}
      leastHeight={100 + 16 * n}
    >
      {({ width, height, active, dark }) => (
        <ConfusionPlot {...{ confusion, width, height, active, dark, sequence }} />
      )}
    </PlotFigure>
  );
}

function WeightsOf({ attribute }: { readonly attribute: string }) {
  const { status, panels, attribute: made } = useExplore((state) => state.panels);
  const value = useStudio((state) => state.guidance.terms[attribute]?.value ?? null);
  const here = made === attribute ? panels : [];
  if (here.length === 0)
    return (
      <Empty
        missing={status === 'running' ? 'Making the cells …' : `${attribute} at four weights`}
        advice={
          status === 'running' ? (
            'Weights 0, 1, 2 and 4 from the same noise.'
          ) : (
            <button
              type="button"
              className="btn small-btn"
              onClick={() => void compareWeights(attribute)}
            >
              Compare weights
            </button>
          )
        }
      />
    );
  const wanted = value === null ? -1 : (columnOf(attribute)?.categories.indexOf(value) ?? -1);
  const hits = here.map((panel) => panelHits(panel, wanted));
  const marks = here.map((panel, i) => panelText(panel, hits[i]));
  const to = value === null ? 'every value as in the data' : value;
  return (
    <PlotFigure
      title={`Guidance weight of ${attribute}: ${to}`}
      kind={`weights-${attribute}`}
      says={`Four maps of the same synthetic cells at guidance weights 0, 1, 2 and 4 of ${attribute}. ${marks.join(' ')}`}
      caption={`The same synthetic cells (ringed) over real cells (grey) at guidance weights 0, 1, 2 and 4 of ${attribute} (${to}).`}
      marks={marks}
      table={{
        head: ['weight', 'recognised', 'median distance to real'],
        rows: here.map(({ weight, distance }, i) => [weight, hits[i] ?? '', distance]),
      }}
      least={560}
      leastHeight={190}
    >
      {({ width, height, active }) => (
        <WeightMaps panels={here} {...{ attribute, hits, width, height, active }} />
      )}
    </PlotFigure>
  );
}
