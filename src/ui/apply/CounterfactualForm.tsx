/** @file Which cells are changed, and to what. */
import type { ModelInfo } from '../../protocol/model.ts';
import { setApply } from '../../state/actions/apply.ts';
import { changeOf } from '../../state/apply-choice.ts';
import { useApply } from '../../state/apply.ts';
import { useExplore } from '../../state/explore.ts';
import { formatNumber } from '../../state/format.ts';
import { Choice } from '../controls/Choice.tsx';
import { Segments } from '../controls/Segments.tsx';

const ANY = '';

/** The form of the counterfactual. */
export function CounterfactualForm({ info }: { info: ModelInfo }) {
  const choices = useApply((state) => state.choices.counterfactual);
  const selected = useExplore((state) => state.selection.realCells);
  const { attribute, value, where } = changeOf(info, choices);
  if (!attribute) return null;
  const choose = (name: string, category: string): void => {
    const { [name]: _, ...rest } = where;
    setApply('counterfactual', { where: category === ANY ? rest : { ...rest, [name]: category } });
  };
  return (
    <div className="pairs settings">
      <span className="lab">Change</span>
      <Choice
        label="Attribute to change"
        entries={info.attributes.map(({ name }) => ({ value: name, label: name }))}
        value={attribute.name}
        onChange={(name) =>
          setApply('counterfactual', { attribute: name, value: null, where: null })
        }
      />
      <span className="lab">To</span>
      <Choice
        label="New value"
        search
        entries={attribute.categories.map((category, i) => ({
          value: category,
          label: category,
          note: formatNumber(attribute.cells[i] ?? 0),
          closedNote: '',
        }))}
        value={value ?? ''}
        onChange={(next) => setApply('counterfactual', { value: next })}
      />
      <div className="use-wide">
        <Segments
          label="Which cells"
          options={[
            { value: 'values', label: 'Cells with values' },
            { value: 'selection', label: `Selected: ${formatNumber(selected)}` },
          ]}
          value={choices.cells}
          onChange={(cells) => setApply('counterfactual', { cells })}
        />
      </div>
      {choices.cells === 'values' ? (
        info.attributes.map(({ name, categories, cells }) => (
          <FromValue
            key={name}
            name={name}
            entries={categories
              .map((category, i) => ({ category, n: cells[i] ?? 0 }))
              .filter(({ category }) => name !== attribute.name || category !== value)}
            value={where[name] ?? ANY}
            onChange={(category) => choose(name, category)}
          />
        ))
      ) : (
        <p className="small use-wide">
          {selected > 0
            ? 'The real cells of the selection that lack the new value.'
            : 'Draw a lasso round cells on the map (L).'}
        </p>
      )}
    </div>
  );
}

function FromValue(props: {
  name: string;
  entries: readonly { category: string; n: number }[];
  value: string;
  onChange: (category: string) => void;
}) {
  const { name, entries, value, onChange } = props;
  return (
    <>
      <span className="lab use-name" title={name}>
        {name}
      </span>
      <Choice
        label={`Cells with ${name}`}
        search
        entries={[
          { value: ANY, label: 'any' },
          ...entries.map(({ category, n }) => ({
            value: category,
            label: category,
            note: formatNumber(n),
            closedNote: '',
          })),
        ]}
        value={value}
        onChange={onChange}
      />
    </>
  );
}
