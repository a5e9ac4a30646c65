/** @file "Together": how many real cells have the chosen values at once, with a warning when none has. */
import type { ModelInfo } from '../../protocol/model.ts';
import { setValues } from '../../state/actions/index.ts';
import { combinationCells } from '../../state/data-view.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Note } from '../controls/Note.tsx';
import { CombinationGrid, gridAxes } from './CombinationGrid.tsx';
import {
  effectiveValues,
  extrapolatedValues,
  extrapolationText,
  realCells,
  swatches,
} from './guidance-view.ts';

const WIDEST = 30;
const TALLEST = 16;

/** A summary in the heading: cells of the choice, or how many combinations have any while nothing is chosen. */
export function togetherText(
  info: ModelInfo,
  values: Readonly<Record<string, string | null>>,
): string {
  const chosen = Object.values(values).some((value) => value !== null);
  if (!chosen && info.combinations !== null) {
    const all = info.combinations.length;
    const filled = info.combinations.filter((cells) => cells > 0).length;
    return filled === all
      ? `all ${formatNumber(all)} have real cells`
      : `${formatNumber(filled)} of ${formatNumber(all)} have real cells`;
  }
  const cells = combinationCells(info, values);
  return cells === null ? '' : realCells(cells);
}

/** The section for two attributes and more. */
export function Together({ info }: { info: ModelInfo }) {
  const terms = useStudio((state) => state.guidance.terms);
  const colourBy = useStudio((state) => state.look.colourBy);
  if (info.attributes.length < 2) return null;
  const values = effectiveValues(info, terms);
  const missing = extrapolatedValues(info, values);
  const axes = gridAxes(info);
  const fits =
    axes !== null &&
    axes.across.categories.length <= WIDEST &&
    axes.down.categories.length <= TALLEST;
  return (
    <section className="block">
      <h3>
        Together<span className="aside">{togetherText(info, values)}</span>
      </h3>
      {missing !== null && (
        <Note tone="warn" lead="Extrapolation.">
          {extrapolationText(missing)}
        </Note>
      )}
      {info.model === 'scldm' && info.recipe === 'faithful' && (
        <p className="small after">
          This model learnt all labels of a cell at once: the mean of their weights counts.
        </p>
      )}
      {fits && (
        <>
          <CombinationGrid
            info={info}
            across={axes.across}
            down={axes.down}
            values={values}
            colours={swatches(axes.across.name, colourBy)}
            onChoose={(across, down) =>
              setValues({ [axes.across.name]: across, [axes.down.name]: down })
            }
          />
          <p className="small after">Stronger grey: more real cells. Hatched: none.</p>
        </>
      )}
    </section>
  );
}
