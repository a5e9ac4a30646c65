/** @file Held-out cells: how many, whether whole donors or batches, and combinations to be hidden from training. */
import './held-out.css';
import { useState } from 'react';
import { setTrainSettings } from '../../state/actions/index.ts';
import { groupColumns, hiddenNow, hiddenWords } from '../../state/split-choice.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';
import { Stepper } from '../controls/Stepper.tsx';

const singleCells = 'single cells';
const anyValue = '';

/** A disclosure with the settings; closed, it says what they are. */
export function HeldOutSettings() {
  const settings = useStudio(({ model }) => model.settings);
  const attributes = useStudio(({ choices }) => choices.attributes);
  const [open, setOpen] = useState(false);
  const hidden = hiddenNow(settings, attributes).length;
  const parts = [
    `${Math.round(100 * settings.heldOut)} %`,
    ...(settings.heldOutBy === null ? [] : [`by ${settings.heldOutBy}`]),
    ...(hidden === 0 ? [] : [`${hidden} hidden`]),
  ];
  return (
    <section className="block held-out">
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          Held-out cells <span className="mute">{parts.join(', ')}</span>
        </summary>
        {open && <Settings />}
      </details>
    </section>
  );
}

function Settings() {
  const { heldOut, heldOutBy } = useStudio(({ model }) => model.settings);
  const data = useStudio((state) => state.data);
  const choices = useStudio((state) => state.choices);
  const columns = groupColumns({ data, choices });
  const whole = heldOutBy !== null && columns.includes(heldOutBy);
  return (
    <>
      <p className="small">
        They are set aside before training and seen by nothing but the verdict.
        {whole && ` All cells of a ${heldOutBy} are set aside or none, until the share is reached.`}
      </p>
      <div className="pairs settings">
        <span className="lab">Share, %</span>
        <Stepper
          label="Held-out share"
          value={Math.round(100 * heldOut)}
          min={5}
          max={50}
          onChange={(next) => setTrainSettings({ heldOut: next / 100 })}
        />
        {columns.length > 0 && (
          <>
            <span className="lab">Set aside</span>
            <Choice
              label="Set aside"
              entries={[singleCells, ...columns].map((value) => ({
                value,
                label: value === singleCells ? value : `by ${value}`,
              }))}
              value={whole ? heldOutBy : singleCells}
              onChange={(next) =>
                setTrainSettings({ heldOutBy: next === singleCells ? null : next })
              }
            />
          </>
        )}
      </div>
      {choices.attributes.length > 1 && <Hidden attributes={choices.attributes} />}
    </>
  );
}

/** Combinations hidden from training, and one to be added. */
function Hidden({ attributes }: { attributes: readonly string[] }) {
  const settings = useStudio(({ model }) => model.settings);
  const { hide } = settings;
  const obs = useStudio(({ data }) => data.summary?.obs ?? noColumns);
  const [next, setNext] = useState<Readonly<Record<string, string>>>({});
  const chosen = Object.entries(next).filter(
    ([name, value]) => value !== anyValue && attributes.includes(name),
  );
  const add = (): void => {
    setTrainSettings({ hide: [...hide, Object.fromEntries(chosen)] });
    setNext({});
  };
  return (
    <>
      <p className="small">
        Hide a combination to see whether the model can make cells that it never saw.
      </p>
      <div className="pairs settings">
        {attributes.map((name) => (
          <HiddenValue
            key={name}
            name={name}
            categories={obs.find((column) => column.name === name)?.categories ?? []}
            value={next[name] ?? anyValue}
            onChange={(value) => setNext({ ...next, [name]: value })}
          />
        ))}
      </div>
      <button type="button" className="btn small-btn" disabled={chosen.length < 2} onClick={add}>
        Hide this combination
      </button>
      <ul className="plain">
        {hiddenNow(settings, attributes).map((combination) => (
          <li key={hiddenWords(combination)} className="row">
            {hiddenWords(combination)}
            <button
              type="button"
              className="link"
              aria-label={`Show ${hiddenWords(combination)} again`}
              onClick={() => setTrainSettings({ hide: hide.filter((own) => own !== combination) })}
            >
              Show again
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

const noColumns: readonly never[] = [];

function HiddenValue(props: {
  name: string;
  categories: readonly string[];
  value: string;
  onChange: (value: string) => void;
}) {
  const { name, categories, value, onChange } = props;
  const entries = [
    { value: anyValue, label: 'any' },
    ...categories.map((category) => ({ value: category, label: category })),
  ];
  return (
    <>
      <span className="lab">{name}</span>
      <Choice label={`Hidden ${name}`} entries={entries} value={value} onChange={onChange} />
    </>
  );
}
