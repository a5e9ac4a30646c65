/** @file What some tasks cannot do yet: models that know more than genes. */
import { StudioError } from '../protocol/errors.ts';
import type { ModelInfo } from '../protocol/model.ts';

/** Error: bad-request, when the model knows other features than genes. */
export function requireGenesAlone({ modalities }: Pick<ModelInfo, 'modalities'>): void {
  if (modalities === undefined) return;
  const names = modalities.map((m) => m.name).join(' and ');
  throw new StudioError(
    'bad-request',
    `The model knows ${names}.`,
    'This needs a model of genes alone. Train one without --modalities; with this model cells can be generated and judged.',
    { modalities: names },
  );
}
