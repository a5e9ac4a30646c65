/** @file How far a training is, in words: for the large line, the status line and a pause. */
import type { TrainStage } from '../protocol/model.ts';
import { formatNumber } from './format.ts';

/** Stages as the status line names them. */
const names: Readonly<Record<TrainStage, string>> = {
  prepare: 'counts and split',
  autoencoder: 'autoencoder',
  encode: 'latents',
  flow: 'flow',
  calibrate: 'calibrating the decoder',
};

/** "at step 11,400", "at epoch 12", "while calibrating". @param stage null: none has begun */
export function pauseWords(stage: TrainStage | null, at: number): string {
  if (stage === 'calibrate') return 'while calibrating';
  return `at ${stage === 'autoencoder' ? 'epoch' : 'step'} ${formatNumber(at)}`;
}

/** "flow, step 300 of 3,000"; calibration counts nothing that a person knows. */
export function stageWords(stage: TrainStage, at: number, of: number): string {
  if (stage === 'calibrate') return names[stage];
  const unit = stage === 'flow' ? 'step' : 'epoch';
  return `${names[stage]}, ${unit} ${formatNumber(at)} of ${formatNumber(of)}`;
}
