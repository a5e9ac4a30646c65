/** @file Keeps the newest samples, so that they can be decoded and looked into by their handle. */
import type { CsrMatrix } from '../numerics/csr.ts';
import { StudioError } from '../protocol/errors.ts';

const KEPT = 6;

/** A handle that no sample ever has. */
export const NO_SAMPLE = 0;

/** What is remembered of a sample. */
export interface StoredSample {
  readonly latents: Float32Array;
  readonly logLibrary: Float32Array;
  readonly seed: number;
  /** Categories by attribute, −1 where a cell shows none. */
  readonly codes: Readonly<Record<string, Int32Array>>;
  /** Its counts, once somebody asked for them. */
  counts?: Promise<CsrMatrix>;
}

/** A small store that forgets what was not looked at for longest. */
export class SampleStore {
  readonly #samples = new Map<number, StoredSample>();
  #next = 1;

  /** Keeps a sample and returns its handle. */
  add({ latents, logLibrary, seed, codes }: StoredSample): number {
    const id = this.#next++;
    this.#samples.set(id, { latents, logLibrary, seed, codes });
    if (this.#samples.size > KEPT) this.#samples.delete(this.#samples.keys().next().value ?? 0);
    return id;
  }

  /** The sample of a handle. Error: bad-request if it is no longer kept. */
  get(id: number): StoredSample {
    const sample = this.#samples.get(id);
    if (sample === undefined) {
      throw new StudioError(
        'bad-request',
        'These cells are no longer in memory.',
        'Only the newest samples are kept. Generate the cells again.',
        { sample: id },
      );
    }
    this.#samples.delete(id);
    this.#samples.set(id, sample);
    return sample;
  }

  clear(): void {
    this.#samples.clear();
  }
}

/** A copy that stays here when the arrays of the result move to another thread. */
export function copied({ latents, logLibrary, seed, codes }: StoredSample): StoredSample {
  return {
    latents: latents.slice(),
    logLibrary: logLibrary.slice(),
    seed,
    codes: eachOf(codes, (own) => own.slice()),
  };
}

/** The same record with every array changed. */
export function eachOf(
  codes: Readonly<Record<string, Int32Array>>,
  change: (own: Int32Array) => Int32Array,
): Record<string, Int32Array> {
  return Object.fromEntries(Object.entries(codes).map(([name, own]) => [name, change(own)]));
}
