/** @file How far a calibration is, and what it will take, told in steps and epochs whose speed is known before it begins. */
import type { Carrier, FieldRuntime } from '../backend.ts';
import type { CalibrationWork } from '../training/progress.ts';

/** The parts of a calibration: training cells are summed, cells are generated, decoded, dispersions of cells are fitted, zeros compared. */
export type CalibrationPart = 'observe' | 'generate' | 'decode' | 'fit' | 'zeros';

/** Where each part begins and ends on the way up to the comparison of zeros; measured on Kang 2018. */
const SPANS: Readonly<Record<Exclude<CalibrationPart, 'zeros'>, readonly [number, number]>> = {
  observe: [0, 0.05],
  generate: [0.05, 0.45],
  decode: [0.45, 0.87],
  fit: [0.87, 1],
};

/** Where zeros are compared, that takes as long as all before it; measured on Kang's eight donors. */
const BEFORE_ZEROS = 0.5;

/** Share of the whole calibration, 0–1, when `done` of `of` are done in a part. @param compares whether zeros are compared in the end */
export function calibrationShare(
  part: CalibrationPart,
  done: number,
  of: number,
  compares: boolean,
): number {
  const own = Math.min(1, of > 0 ? done / of : 1);
  if (part === 'zeros') return BEFORE_ZEROS + (1 - BEFORE_ZEROS) * own;
  const [from, to] = SPANS[part];
  return (from + (to - from) * own) * (compares ? BEFORE_ZEROS : 1);
}

/**
 * What a calibration takes: forward passes, each a third of a step that learns.
 *
 * @param cells generated @param steps of the solver, two passes each @param batch cells of a flow step @param trainingCells of an epoch
 * @param compares whether zeros are compared in the end
 */
export function calibrationWork(
  { cells, steps }: { readonly cells: number; readonly steps: number },
  batch: number,
  trainingCells: number,
  compares: boolean,
): CalibrationWork {
  const passes = cells / 3 / (compares ? BEFORE_ZEROS : 1);
  return { flowSteps: (2 * steps * passes) / batch, epochs: passes / trainingCells };
}

/** The same network; `after` is waited for after every evaluation. */
export function watched(network: FieldRuntime, after: () => Promise<void>): FieldRuntime {
  const { shape } = network;
  const watch = <State>(own: Carrier<State>): Carrier<State> => ({
    space: own.space,
    create: (values) => own.create(values),
    read: (state) => own.read(state),
    velocity: (t, x) => own.velocity(t, x),
    settle: () => own.settle().then(after),
    free: (state) => own.free(state),
    dispose: () => own.dispose(),
  });
  return {
    shape,
    begin: (noise, from) => network.begin?.(noise, from) ?? noise,
    carry: (question, work) => network.carry(question, (carrier) => work(watch(carrier))),
  };
}
