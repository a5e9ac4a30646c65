/** @file Work that goes on when its device is lost: another device takes over from the last good state, a few times at most. */
import { StudioError } from '../../protocol/errors.ts';

/** What `guard` returns when the work has to be done again on the new device. */
export const RENEWED = Symbol('renewed');

const LIMIT = 3;

/** Counts the losses of one training run. */
export class DeviceLosses {
  #count = 0;

  /** Does the work; if the device is lost meanwhile, renews and says so. Errors: the work's own; device-lost at the fourth loss. */
  async guard<Result>(
    work: () => Promise<Result>,
    renew: () => Promise<void>,
  ): Promise<Result | typeof RENEWED> {
    try {
      return await work();
    } catch (error) {
      if (!isDeviceLoss(error) || ++this.#count > LIMIT) throw error;
      await renew();
      return RENEWED;
    }
  }
}

function isDeviceLoss(error: unknown): boolean {
  return error instanceof StudioError && error.code === 'device-lost';
}
