/** @file Test helper: arguments of kernels in buffers of their own, in one shared buffer, or there at odd offsets, with guards between. */
import type { ComputeDevice } from '../../compute-device.ts';
import { part } from '../../compute-device.ts';
import type { View } from '../../kernels/list.ts';
import { createRandom } from '../../../numerics/random.ts';
import { UNWRITTEN } from './kernel-run.ts';

/** How arguments lie: each in its own buffer, in one buffer at aligned places, in one buffer at unaligned places. */
export const ARRANGEMENTS = ['own', 'shared', 'odd'] as const;

/** One of them. */
export type Arrangement = (typeof ARRANGEMENTS)[number];

const ROOM = 1 << 20;
const GUARD = 64;

/** Values N(0, 1) · scale, the same for the same seed. */
export function randomNumbers(count: number, seed: number, scale = 1): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => scale * random.normal());
}

/** Places for the arguments of one test. */
export class Places {
  readonly device: ComputeDevice;
  readonly #arrangement: Arrangement;
  readonly #all: View | null;
  readonly #owned: View[] = [];
  readonly #taken: [number, number][] = [];
  #next = 0;
  #seed = 1;

  constructor(device: ComputeDevice, arrangement: Arrangement) {
    this.device = device;
    this.#arrangement = arrangement;
    this.#all = arrangement === 'own' ? null : this.#own(device.allocate(ROOM));
    if (this.#all !== null) device.write(this.#all, new Float32Array(ROOM).fill(UNWRITTEN));
  }

  /** These numbers, or so many random ones. */
  floats(values: ArrayLike<number> | number): View {
    const numbers = typeof values === 'number' ? randomNumbers(values, this.#seed++) : values;
    const view = this.#take(numbers.length);
    this.device.write(view, numbers);
    return view;
  }

  /** Whole numbers. */
  words(values: ArrayLike<number>): View {
    const view = this.#take(values.length);
    this.device.writeWords(view, values);
    return view;
  }

  /** Wide numbers. */
  wide(values: ArrayLike<number>): View {
    const view = this.#take(2 * values.length);
    this.device.writeWide(view, values);
    return view;
  }

  /** Room for results, filled with what no kernel leaves behind. */
  room(count: number): View {
    return this.floats(new Float32Array(count).fill(UNWRITTEN));
  }

  /** Bits of everything, to be compared or put back. */
  snapshot(): Promise<Uint32Array<ArrayBuffer>> {
    return this.device.readParts(this.#owned);
  }

  /** Puts a snapshot back. */
  restore(words: Uint32Array): void {
    let at = 0;
    for (const view of this.#owned) {
      this.device.writeWords(view, words.slice(at, at + view.bytes / 4));
      at += view.bytes / 4;
    }
  }

  /** How many numbers between the arguments were overwritten. */
  async damaged(): Promise<number> {
    if (this.#all === null) return 0;
    const all = await this.device.read(this.#all);
    for (const [from, count] of this.#taken) {
      all.fill(UNWRITTEN, from, from + count);
    }
    return all.filter((value) => value !== UNWRITTEN).length;
  }

  free(): void {
    this.device.free(...this.#owned);
  }

  #take(count: number): View {
    if (this.#all === null) return this.#own(this.device.allocate(Math.max(1, count)));
    const from = this.#next + (this.#arrangement === 'odd' ? 1 + (this.#taken.length % 3) : 0);
    this.#next = Math.ceil((from + count + GUARD) / GUARD) * GUARD;
    if (this.#next > ROOM) throw new RangeError('the test needs more room');
    this.#taken.push([from, count]);
    return part(this.#all, from, Math.max(1, count));
  }

  #own(view: View): View {
    this.#owned.push(view);
    return view;
  }
}
