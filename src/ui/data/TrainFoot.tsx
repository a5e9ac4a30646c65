/** @file The foot of Data and Model: how long training will take, its settings, and Train. */
import { useMemo, useState } from 'react';
import { goTo, setTrainSettings, train } from '../../state/actions/index.ts';
import { trainEstimate } from '../../state/data-view.ts';
import { openKinds } from '../../state/kinds.ts';
import { screenHindrance } from '../../state/screen-choice.ts';
import { get, useStudio } from '../../state/store.ts';
import type { StudioState } from '../../state/types.ts';
import { arrivalOf } from '../frame/NoModelYet.tsx';
import { Choice } from '../controls/Choice.tsx';
import { Glyph } from '../controls/Icon.tsx';
import { OptionalNumber } from '../controls/OptionalNumber.tsx';
import { Stepper } from '../controls/Stepper.tsx';

/** Why training cannot begin, a sentence; null when it can. */
export function trainHindrance(
  state: Pick<StudioState, 'data' | 'choices' | 'device'> & {
    readonly model: Pick<StudioState['model'], 'settings' | 'status' | 'origin'>;
  },
): string | null {
  const { status } = state.data;
  if (status === 'opening' || status === 'loading') return 'The file is being opened.';
  if (status === 'preview') return 'Choose how much to read first.';
  if (status !== 'ready') return 'Open a file first.';
  const arrival = arrivalOf(state.model);
  if (arrival !== null) return `${arrival.what}.`;
  if (state.choices.source === null) return 'Choose where the counts are.';
  const peaks = openKinds(state.data.summary).length > 0;
  if (peaks && state.model.settings.model !== 'cfgen') {
    return 'Peaks need CFGen: choose it under Model.';
  }
  if (state.device === null) return 'The device is being tested.';
  return screenHindrance(state);
}

/** The estimate passes over all cells, so it is made only when something it depends on has changed. */
function useEstimate(): string {
  const data = useStudio((state) => state.data);
  const choices = useStudio((state) => state.choices);
  const device = useStudio((state) => state.device);
  const settings = useStudio((state) => state.model.settings);
  return useMemo(() => {
    const { model } = get();
    return trainEstimate({ ...get(), data, choices, device, model: { ...model, settings } });
  }, [data, choices, device, settings]);
}

/** Estimate, settings, Train. While a model trains it only points there. */
export function TrainFoot() {
  const [open, setOpen] = useState(false);
  const status = useStudio((state) => state.model.status);
  const hindrance = useStudio(trainHindrance);
  const estimate = useEstimate();
  if (status !== 'none' && status !== 'loading' && status !== 'ready') {
    return (
      <footer>
        <div className="row">
          <span className="mute">A model is being trained.</span>
          <span className="grow" />
          <button type="button" className="link" onClick={() => goTo('model')}>
            See how far
          </button>
        </div>
      </footer>
    );
  }
  return (
    <footer>
      {open && <TrainSettings />}
      <div className="foot-line">
        {status === 'loading' && <Glyph kind="busy" />}
        <span className="mute">{hindrance ?? estimate}</span>
        <span className="grow" />
        <button type="button" className="link" aria-expanded={open} onClick={() => setOpen(!open)}>
          Settings
        </button>
      </div>
      <div className="row">
        <button
          type="button"
          className="btn primary tall wide"
          disabled={hindrance !== null}
          onClick={() => void train()}
        >
          Train
        </button>
      </div>
    </footer>
  );
}

type Recipe = StudioState['model']['settings']['recipe'];

const recipes: readonly { value: Recipe; label: string }[] = [
  { value: 'recommended', label: 'Recommended' },
  { value: 'faithful', label: 'Original' },
];

const lengths = [
  { words: 'Autoencoder epochs', name: 'maxEpochs', start: 100, step: 10, max: 5000 },
  { words: 'Flow steps', name: 'flowSteps', start: 5000, step: 500, max: 1_000_000 },
] as const;

function TrainSettings() {
  const settings = useStudio((state) => state.model.settings);
  return (
    <div className="pairs settings">
      <span className="lab">Recipe</span>
      <Choice
        label="Recipe"
        entries={recipes}
        value={settings.recipe}
        onChange={(next) => setTrainSettings({ recipe: next as Recipe })}
      />
      <span className="lab">Training seed</span>
      <Stepper
        label="Training seed"
        value={settings.seed}
        min={0}
        max={2 ** 32 - 1}
        onChange={(next) => setTrainSettings({ seed: next })}
      />
      {lengths.map(({ name, ...about }) => (
        <OptionalNumber
          key={name}
          {...about}
          open="by recipe"
          min={1}
          value={settings[name]}
          onChange={(next) => setTrainSettings({ [name]: next })}
        />
      ))}
    </div>
  );
}
