/** @file Between the two stages of a training: all cells are encoded, brought to unit scale, and shown. */
import type { CsrSource } from '../../numerics/csr-source.ts';
import { cancelled } from '../../protocol/errors.ts';
import { DeviceLosses, RENEWED } from './device-losses.ts';
import { whiten, type Whitening } from '../flow/sampled-model.ts';
import type { ProgressMeter } from './progress.ts';
import { whiteningOf } from '../flow/latent-states.ts';
import type { TrainContext } from '../trained-model.ts';
import type { TrainingCells } from './training-cells.ts';
import type { OpenTrainRequest } from './training-data.ts';

/** A trained encoder on the device. */
export interface StartedEncoder {
  /** Latents before whitening, [cells, latentDim]. */
  encode(counts: CsrSource, breathe: () => Promise<void>): Promise<Float32Array>;
  dispose(): void;
}

/** What the stage works with. */
export interface LatentStage {
  readonly request: OpenTrainRequest;
  readonly context: TrainContext;
  readonly cells: TrainingCells;
  readonly latentDim: number;
  /** Latents are brought to mean 0 and variance 1 over the training cells. */
  readonly whitens: boolean;
  /** The encoder on the present device. */
  readonly start: () => StartedEncoder;
  /** Waits for the device that follows a lost one. */
  readonly renew: () => Promise<void>;
}

/** Encodes all cells and tells the page. Error: cancelled when stopped. */
export async function runLatentStage(
  stage: LatentStage,
  meter: ProgressMeter,
): Promise<{ readonly latents: Float32Array; readonly whitening: Whitening }> {
  const { context, cells, latentDim, whitens } = stage;
  const { control, onEvent } = context;
  if (control.stopped) throw cancelled();
  meter.enter('encode');
  const raw = await encodeAll(stage);
  if (control.stopped) throw cancelled();
  const whitening = whiteningOf(raw, latentDim, cells.trainingCells, whitens);
  const latents = whiten(raw, whitening);
  const heldOut = cells.heldOut.slice();
  onEvent({ type: 'latents', latents: latents.slice(), latentDim, heldOut });
  return { latents, whitening };
}

async function encodeAll({ request, context, start, renew }: LatentStage): Promise<Float32Array> {
  const losses = new DeviceLosses();
  const encode = (): Promise<Float32Array> => {
    const encoder = start();
    const latents = encoder.encode(request.data.counts, () => context.control.breathe());
    return latents.finally(() => encoder.dispose());
  };
  for (;;) {
    const latents = await losses.guard(encode, renew);
    if (latents !== RENEWED) return latents;
  }
}
