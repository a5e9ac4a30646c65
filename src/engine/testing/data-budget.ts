/** @file Test helper: a device that keeps so many bytes of data, whatever it would keep by itself. */
import type { ComputeDevice } from '../compute-device.ts';

/** The same device with another budget. @param bytes 0: every batch is written anew */
export function withDataBudget(device: ComputeDevice, bytes: number): ComputeDevice {
  return new Proxy(device, {
    get(target, name) {
      if (name === 'dataBudget') return bytes;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
