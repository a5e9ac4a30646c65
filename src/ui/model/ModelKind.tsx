/** @file Which kind of model is trained, in plain words: what each takes on this device, and what fits into the minutes granted. */
import { useMemo } from 'react';
import type { ModelId, ModelSize, TrainSettings } from '../../protocol/model.ts';
import { defaultFlowSteps } from '../../protocol/recipe.ts';
import { setTrainSettings } from '../../state/actions/index.ts';
import { chooseKind } from '../../state/actions/screen.ts';
import { trainingLoad } from '../../state/data-view.ts';
import { formatBytes, formatAbout, formatNumber, formatPercent } from '../../state/format.ts';
import { kindWords } from '../../state/model-kind.ts';
import { proposedScreen, trainedSets } from '../../state/screen-choice.ts';
import { get, useStudio } from '../../state/store.ts';
import {
  cfgenBytes,
  deviceWords,
  estimateSeconds,
  fitsGenes,
  proposeTraining,
  scdfmBytes,
  scdfmSeconds,
  scldmCost,
  screenKinds,
  stepsWithin,
  trainingKinds,
  type TrainingCost,
  type TrainingLoad,
} from '../../state/train-estimate.ts';
import type { StudioState } from '../../state/types.ts';
import { Choice } from '../controls/Choice.tsx';
import { Stepper } from '../controls/Stepper.tsx';
import './model-kind.css';

type Device = NonNullable<StudioState['device']>;
type Recipe = TrainSettings['recipe'];

const kinds: readonly { value: ModelId; label: string; note: string }[] = [
  { value: 'cfgen', label: 'CFGen', note: 'quick' },
  { value: 'scldm', label: 'scLDM', note: 'slow' },
  { value: 'scdfm', label: 'scDFM', note: 'perturbation screens' },
];

const sizes: readonly { value: ModelSize; label: string; note: string; closedNote: string }[] = [
  { value: 'S', label: 'Small', note: 'any device', closedNote: '' },
  { value: 'M', label: 'Medium', note: 'a graphics card', closedNote: '' },
  { value: 'G', label: 'Whole genome', note: 'a graphics card', closedNote: '' },
];

/** The load passes over all cells, so it is made only when something it depends on has changed. */
function useLoad(): TrainingLoad | null {
  const data = useStudio((state) => state.data);
  const choices = useStudio((state) => state.choices);
  const settings = useStudio((state) => state.model.settings);
  return useMemo(() => {
    const { model } = get();
    return trainingLoad({ ...get(), data, choices, model: { ...model, settings } });
  }, [data, choices, settings]);
}

/** The section of the Model panel. */
export function ModelKind() {
  const { model, size, minutes, goOn, recipe } = useStudio((state) => state.model.settings);
  const further = useStudio(({ model: { info } }) => info?.model === 'scldm');
  const device = useStudio((state) => state.device);
  const load = useLoad();
  const sets = useStudio(trainedSets);
  return (
    <section className="block">
      <h3>Kind of model</h3>
      <Choice
        label="Kind of model"
        entries={kinds}
        value={model}
        onChange={(next) => chooseKind(next as ModelId)}
      />
      <p className="small after">{kindWords(model)}</p>
      {model === 'scldm' && (
        <div className="pairs settings">
          <span className="lab">Size</span>
          <Choice
            label="Model size"
            entries={sizes}
            value={size}
            onChange={(next) => setTrainSettings({ size: next as ModelSize })}
          />
          <span className="lab">Minutes</span>
          <Stepper
            label="Minutes to train"
            value={minutes}
            min={1}
            max={600}
            onChange={(next) => setTrainSettings({ minutes: next })}
          />
          {further && (
            <label className="lab row both">
              <input
                type="checkbox"
                className="check"
                checked={goOn}
                onChange={(event) => setTrainSettings({ goOn: event.currentTarget.checked })}
              />
              Go on from the present model
            </label>
          )}
        </div>
      )}
      {model === 'scldm' && device && load && (
        <Granted device={device} load={load} size={size} minutes={minutes} recipe={recipe} />
      )}
      {device && load && (
        <Costs device={device} load={load} chosen={model} recipe={recipe} sets={sets} />
      )}
    </section>
  );
}

/** What the minutes are enough for, and a better size if there is one. */
function Granted(props: {
  device: Device;
  load: TrainingLoad;
  size: ModelSize;
  minutes: number;
  recipe: Recipe;
}) {
  const { device, load, size, minutes, recipe } = props;
  const own = stepsWithin(device, size, load, minutes, recipe);
  const best = proposeTraining(device, load, minutes, recipe);
  const name = sizes.find(({ value }) => value === best.size)?.label.toLowerCase() ?? '';
  const steps = `${formatNumber(own.steps)} steps of the autoencoder and ${formatNumber(own.flowSteps)} of the flow`;
  return (
    <p className="small after">
      {own.share < 1
        ? `${minutes} min are enough for ${formatPercent(own.share, 0)} of a full training: ${steps}.`
        : `${minutes} min are enough for a full training: ${steps}.`}
      {best.size !== size && (
        <>
          {` Within ${minutes} min on this device the ${name} size comes further. `}
          <button
            type="button"
            className="link"
            onClick={() => setTrainSettings({ size: best.size })}
          >
            Take it
          </button>
        </>
      )}
    </p>
  );
}

/** A line of the table of costs. */
interface Cost {
  readonly name: string;
  readonly good: string;
  readonly seconds: number | null;
  readonly bytes: number;
}

/** What every line's cost is of. */
interface CostsProps {
  readonly device: Device;
  readonly load: TrainingLoad;
  readonly chosen: ModelId;
  readonly recipe: Recipe;
  readonly sets: number;
}

function costsOf({ device, load, chosen, recipe, sets }: CostsProps, screen: boolean): Cost[] {
  const own = screenKinds.map(({ tier, name, good }) => ({
    name,
    good,
    seconds: scdfmSeconds(device, tier, null, sets),
    bytes: scdfmBytes(tier, load),
  }));
  if (chosen === 'scdfm') return own;
  const others = trainingKinds
    .filter(({ size }) => fitsGenes(size, load.genes))
    .map(({ model, size, ...words }) => ({
      ...words,
      ...costOf(device, load, model, size, recipe),
    }));
  return [...others, ...(screen ? own : [])];
}

/** Time and memory of every kind's full training on this device; of scDFM's networks alone where that is chosen. */
function Costs(props: CostsProps) {
  const { device } = props;
  const screen = useStudio(({ data }) => proposedScreen({ data }) !== null);
  const speed =
    device.gflops === undefined ? '' : `, ${formatNumber(device.gflops)} GFLOP/s measured`;
  return (
    <table className="costs">
      <caption className="small">
        A full training on {deviceWords(device)}
        {speed}
      </caption>
      <thead>
        <tr>
          <th scope="col">Kind</th>
          <th scope="col">Time</th>
          <th scope="col">Memory</th>
        </tr>
      </thead>
      <tbody>
        {costsOf(props, screen).map(({ name, good, seconds, bytes }) => (
          <tr key={name}>
            <th scope="row">
              {name}
              <span className="mute small">{good}</span>
            </th>
            <td className="num">
              {seconds === null ? 'not measured' : formatAbout(rounded(seconds))}
            </td>
            <td className="num">{formatBytes(bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Seconds as exact as an estimate is. */
function rounded(seconds: number): number {
  const unit = seconds < 60 ? 5 : seconds < 600 ? 10 : 60;
  return Math.ceil(seconds / unit) * unit;
}

function costOf(
  device: Device,
  load: TrainingLoad,
  model: ModelId,
  size: ModelSize,
  recipe: Recipe,
): TrainingCost {
  if (model === 'scldm') return scldmCost(device, size, load, recipe);
  const steps = defaultFlowSteps(load.cells);
  return {
    seconds: estimateSeconds(device, load.cells, load.genes, steps),
    bytes: cfgenBytes(load),
  };
}
