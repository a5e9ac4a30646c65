/** @file After the flow: the trained model on the device is compared with its training cells, and its decoder takes the offsets. */
import { calibrate, type CalibratedModel, type CalibrationTask } from './calibrate.ts';
import { DeviceLosses, RENEWED } from '../training/device-losses.ts';
import { calibrationShare } from './calibration-progress.ts';
import type { ProgressMeter } from '../training/progress.ts';
import type { TrainContext } from '../trained-model.ts';
import type { TrainingCells } from '../training/training-cells.ts';
import type { OpenTrainRequest } from '../training/training-data.ts';

/** What the stage works with. */
export interface CalibrationStage {
  readonly request: OpenTrainRequest;
  readonly context: Pick<TrainContext, 'control'>;
  readonly cells: Pick<TrainingCells, 'codes' | 'trainingCells'>;
  readonly effort?: CalibrationTask['effort'];
  readonly widths?: CalibrationTask['widths'];
  /** The model on the present device. */
  readonly start: () => CalibrationTask['runtime'] & { dispose(): void };
  /** Waits for the device that follows a lost one. */
  readonly renew: () => Promise<void>;
}

/** The model with a calibrated decoder. */
export async function runCalibrationStage<Model extends CalibratedModel>(
  model: Model,
  { request, context, cells, effort, widths, start, renew }: CalibrationStage,
  meter: ProgressMeter,
): Promise<Model> {
  meter.enter('calibrate');
  const losses = new DeviceLosses();
  const work = async (): Promise<Model> => {
    const runtime = start();
    return calibrate(model, {
      runtime,
      counts: request.data.counts,
      codes: cells.codes,
      trainingCells: cells.trainingCells,
      seed: request.settings.seed,
      breathe: () => context.control.breathe(),
      effort,
      widths,
      onPart: (part, done, of) =>
        meter.calibrationShare(calibrationShare(part, done, of, widths !== undefined)),
    }).finally(() => runtime.dispose());
  };
  for (;;) {
    const done = await losses.guard(work, renew);
    if (done !== RENEWED) return done;
  }
}
