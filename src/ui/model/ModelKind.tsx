/** @file Which kind of model is trained, in plain words; for scLDM its size and how long it may take. */
import type { ModelId, ModelSize } from '../../protocol/model.ts';
import { setTrainSettings } from '../../state/actions/index.ts';
import { kindWords } from '../../state/model-kind.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';
import { Stepper } from '../controls/Stepper.tsx';

const kinds: readonly { value: ModelId; label: string; note: string }[] = [
  { value: 'cfgen', label: 'CFGen', note: 'quick' },
  { value: 'scldm', label: 'scLDM', note: 'slow' },
];

const sizes: readonly { value: ModelSize; label: string; note: string }[] = [
  { value: 'S', label: 'Small', note: 'any device' },
  { value: 'M', label: 'Medium', note: 'a graphics card' },
  { value: 'G', label: 'Whole genome', note: 'a graphics card' },
];

/** The section of the Model panel. */
export function ModelKind() {
  const { model, size, minutes } = useStudio((state) => state.model.settings);
  return (
    <section className="block">
      <h3>Kind of model</h3>
      <Choice
        label="Kind of model"
        entries={kinds}
        value={model}
        onChange={(next) => setTrainSettings({ model: next as ModelId })}
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
        </div>
      )}
    </section>
  );
}
