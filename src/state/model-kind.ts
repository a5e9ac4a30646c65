/** @file Which kind of model is trained: its name, what it is good for, and the choice kept for the next visit. */
import type { ModelId, ModelInfo, ModelSize, TrainSettings } from '../protocol/model.ts';
import type { ModelState } from './types.ts';

/** What is chosen about the kind. */
export type KindSettings = Pick<ModelState['settings'], 'model' | 'size' | 'minutes'>;

type Told = Pick<TrainSettings, 'model' | 'size' | 'minutes' | 'goOn'>;

const place = 'cellsmith-model-kind';

const usual: KindSettings = { model: 'cfgen', size: 'S', minutes: 15 };

const names: Readonly<Record<ModelId, string>> = { cfgen: 'CFGen', scldm: 'scLDM', scdfm: 'scDFM' };

const words: Readonly<Record<ModelId, string>> = {
  cfgen:
    'Small networks on the counts of a cell. Trained in minutes, and right for most files. It can also correct batches and move cells between conditions.',
  scldm:
    'A transformer that sees a cell as the set of genes it expresses. It learns for the minutes set here: fewer than a full training give cells that lie farther from real ones, and the check will say so. On the CPU it needs patience; a graphics card helps.',
  scdfm:
    'For perturbation screens: what control cells would look like with a gene knocked out, a drug, or several at once. Its predictions stand beside simple ones, which are often as good.',
};

/** The name of a model's kind. */
export function modelName({ model }: Pick<ModelInfo, 'model'>): string {
  return names[model];
}

/** What a kind is good for, a few sentences. */
export function kindWords(model: ModelId): string {
  return words[model];
}

/** The part of a training's settings that names the kind. */
export function kindSettings({
  model,
  size,
  minutes,
  goOn = false,
}: KindSettings & Pick<TrainSettings, 'goOn'>): Told {
  if (model !== 'scldm') return { model };
  return { model, size, minutes, ...(goOn ? { goOn } : {}) };
}

/** The choice of the last visit, or the usual one. */
export function keptKind(): KindSettings {
  try {
    const kept = JSON.parse(localStorage.getItem(place) ?? '{}') as Partial<KindSettings>;
    const { model = usual.model, size = usual.size, minutes = usual.minutes } = kept;
    const sizes: readonly ModelSize[] = ['S', 'M', 'G'];
    const known = model in names && sizes.includes(size) && minutes >= 1 && minutes <= 600;
    return known ? { model, size, minutes } : usual;
  } catch {
    return usual;
  }
}

/** Keeps the choice for the next visit. */
export function keepKind({ model, size, minutes }: KindSettings): void {
  // scDFM fits single files: for the next one the kind of before is proposed again.
  if (model === 'scdfm') return;
  try {
    localStorage.setItem(place, JSON.stringify({ model, size, minutes }));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
