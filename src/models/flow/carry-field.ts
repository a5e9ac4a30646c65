/** @file The states of a flow on the device, and what a solver does with them: one carrier for the velocity of every kind of model. */
import type { ComputeDevice } from '../../engine/compute-device.ts';
import type { View } from '../../engine/kernels/list.ts';
import { viewSpace } from '../../engine/plan/view-space.ts';
import type { Carrier } from '../backend.ts';

/** A velocity that is recorded for a number of states. */
export interface RecordedField {
  /** Writes the velocities at time t and the states `x` to `v`, [count] values each. */
  evaluate(t: number, x: View, v: View): void;
  dispose(): void;
}

/** Does the work with states of `count` values that the field moves; then gives back the field and the states' memory. */
export async function carryOnDevice<Result>(
  device: ComputeDevice,
  count: number,
  field: RecordedField,
  work: <State>(carrier: Carrier<State>) => Promise<Result>,
): Promise<Result> {
  const space = viewSpace(device, count);
  const carrier: Carrier<View> = {
    space,
    create(values) {
      const state = device.allocate(count);
      device.write(state, values);
      return state;
    },
    read: (state) => device.read(state),
    velocity(t, x) {
      const v = device.allocate(count);
      field.evaluate(t, x, v);
      return v;
    },
    settle: () => device.settle(),
    free: (state) => device.free(state),
    dispose() {
      field.dispose();
      space.close();
    },
  };
  try {
    return await work(carrier);
  } finally {
    carrier.dispose();
  }
}
