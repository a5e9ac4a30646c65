/** @file Of which kind, or of which rare combinations, more cells are wanted, how many, and whether to check that they help. */
import { useMemo } from 'react';
import type { ModelInfo } from '../../protocol/model.ts';
import { setApply } from '../../state/actions/apply.ts';
import { gapsOf, kindOf } from '../../state/apply-choice.ts';
import { useApply } from '../../state/apply.ts';
import { formatNumber } from '../../state/format.ts';
import { Choice } from '../controls/Choice.tsx';
import { Note } from '../controls/Note.tsx';
import { Segments } from '../controls/Segments.tsx';
import { Stepper } from '../controls/Stepper.tsx';

const MOST = 100_000;

const whats = [
  { value: 'kind', label: 'One kind' },
  { value: 'combinations', label: 'Combinations' },
] as const;

/** The form of the rare cells. */
export function AugmentForm({ info }: { info: ModelInfo }) {
  const what = useApply((state) => state.choices.augment.what);
  const several = info.attributes.length > 1;
  return (
    <>
      {several && (
        <div className="row use-what">
          <Segments
            label="What is added"
            options={whats}
            value={what}
            onChange={(next) => setApply('augment', { what: next })}
          />
        </div>
      )}
      {several && what === 'combinations' ? <Gaps info={info} /> : <OneKind info={info} />}
    </>
  );
}

function OneKind({ info }: { info: ModelInfo }) {
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

/** Which combinations of two attributes have few cells, and how many to add of each. */
function Gaps({ info }: { info: ModelInfo }) {
  const choices = useApply((state) => state.choices.augment);
  const found = useMemo(() => gapsOf(info, choices), [info, choices]);
  if (!found) return null;
  const { first, second, others, all, gaps, none } = found;
  const attribute = (label: string, names: readonly string[], value: string, key: 'attribute' | 'second') => (
    <Choice
      label={label}
      entries={names.map((name) => ({ value: name, label: name }))}
      value={value}
      onChange={(name) => setApply('augment', { [key]: name })}
    />
  ); // prettier-ignore
  return (
    <div className="pairs settings">
      <span className="lab">Values of</span>
      {attribute(
        'First attribute',
        info.attributes.map(({ name }) => name),
        first.name,
        'attribute',
      )}
      <span className="lab">with those of</span>
      {attribute(
        'Second attribute',
        others.map(({ name }) => name),
        second.name,
        'second',
      )}
      <span className="lab">Fewer than</span>
      <Stepper
        label="Fewer cells than"
        value={choices.fewer}
        min={1}
        max={10_000}
        step={5}
        onChange={(fewer) => setApply('augment', { fewer })}
      />
      <span className="lab">Cells of each</span>
      <Stepper
        label="Cells of each"
        value={choices.each}
        min={1}
        max={1000}
        step={10}
        onChange={(each) => setApply('augment', { each })}
      />
      <p className="small use-wide" role="status" aria-label="Combinations">
        {gaps === null
          ? 'The model has too many combinations to count. Add one kind instead.'
          : gapWords(gaps.length, all, choices)}
      </p>
      {none > 0 && (
        <div className="use-wide">
          <Note tone="warn" lead="Extrapolation.">
            {none === 1 ? 'One combination has' : `${formatNumber(none)} combinations have`} no
            training cell. What the model makes of them is a guess from their values alone.
          </Note>
        </div>
      )}
    </div>
  );
}

function gapWords(
  gaps: number,
  all: number,
  { fewer, each }: { readonly fewer: number; readonly each: number },
): string {
  if (gaps === 0) return `All ${formatNumber(all)} combinations have ${formatNumber(fewer)} training cells or more.`; // prettier-ignore
  const which = `${formatNumber(gaps)} of ${formatNumber(all)} combinations have fewer than ${formatNumber(fewer)} training cells`;
  return `${which}: ${formatNumber(gaps * each)} cells will be added.`;
}
