/** @file Parameters of calls that are run once: slots of one uniform buffer, used round after round. */
import { USAGE } from './memory.ts';
import { PARAMETER_BYTES } from './pipelines.ts';

const SLOTS = 512;
const WORDS = PARAMETER_BYTES / 4;

/** Hands out slots; what is in them is uploaded together before the commands that read them are submitted. */
export class ParameterRing {
  readonly buffer: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #words = new Uint32Array(SLOTS * WORDS);
  #from = 0;
  #next = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.buffer = device.createBuffer({
      size: SLOTS * PARAMETER_BYTES,
      usage: USAGE.uniform | USAGE.copyTarget,
    });
  }

  /** Whether the next slot is one that commands not yet submitted may read. */
  get full(): boolean {
    return this.#next === SLOTS;
  }

  /** Puts parameters into the next slot; returns its offset in bytes. */
  add(parameters: Uint32Array): number {
    this.#words.set(parameters, this.#next * WORDS);
    return this.#next++ * PARAMETER_BYTES;
  }

  /** Uploads the slots filled since the last time. */
  upload(): void {
    const [from, to] = [this.#from, this.#next];
    if (to > from) {
      const words = this.#words.subarray(from * WORDS, to * WORDS);
      this.#device.queue.writeBuffer(this.buffer, from * PARAMETER_BYTES, words);
    }
    this.#next = to === SLOTS ? 0 : to;
    this.#from = this.#next;
  }
}
