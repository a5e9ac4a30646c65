/** @file Of which kind more cells are wanted, how many, and whether to check that they help. */
import type { ModelInfo } from '../../protocol/model.ts';
import { setApply } from '../../state/actions/apply.ts';
import { kindOf } from '../../state/apply-choice.ts';
import { useApply } from '../../state/apply.ts';
import { formatNumber } from '../../state/format.ts';
import { Choice } from '../controls/Choice.tsx';
import { Stepper } from '../controls/Stepper.tsx';

const MOST = 100_000;

/** The form of the rare cells. */
export function AugmentForm({ info }: { info: ModelInfo }) {
  const choices = useApply((state) => state.choices.augment);
  const { attribute, entries, value } = kindOf(info, choices);
  if (!attribute) return null;
  return (
    <div className="pairs settings">
      {info.attributes.length > 1 && (
        <>
          <span className="lab">Attribute</span>
          <Choice
            label="Attribute of the kind"
            entries={info.attributes.map(({ name }) => ({ value: name, label: name }))}
            value={attribute.name}
            onChange={(name) => setApply('augment', { attribute: name, value: null })}
          />
        </>
      )}
      <span className="lab">More of</span>
      <Choice
        label="Kind of cell"
        search
        entries={entries.map(({ category, cells }) => ({
          value: category,
          label: category,
          note: formatNumber(cells),
          warn: cells < 30,
        }))}
        value={value ?? ''}
        onChange={(next) => setApply('augment', { value: next })}
      />
      <span className="lab">How many</span>
      <Stepper
        label="Cells to add"
        value={choices.cells}
        min={1}
        max={MOST}
        step={50}
        onChange={(cells) => setApply('augment', { cells })}
      />
      <label className="row use-wide">
        <input
          type="checkbox"
          className="check"
          checked={choices.check}
          onChange={(event) => setApply('augment', { check: event.currentTarget.checked })}
        />
        Check whether they help a classifier
      </label>
    </div>
  );
}
