/** @file What a store that grows by rows needs: numbers handed on in whole chunks, and the starts of sparse rows. */
import type { CsrMatrix } from '../numerics/csr.ts';

/** Numbers of the kinds that grow. */
export type GrowingValues = Float32Array | Int32Array;

/** Collects numbers until a chunk is full. */
export class ChunkedValues {
  private readonly waiting: GrowingValues;
  private filled = 0;

  /** @param onChunk is given each full chunk, and on `flush` what is left; the array is used again */
  constructor(
    kind: 'float32' | 'int32',
    length: number,
    private readonly onChunk: (values: GrowingValues) => void,
  ) {
    this.waiting = kind === 'int32' ? new Int32Array(length) : new Float32Array(length);
  }

  /** Adds the first `count` of some numbers. */
  append(values: Float32Array | Int32Array | Uint32Array, count = values.length): void {
    for (let at = 0; at < count;) {
      const taken = Math.min(count - at, this.waiting.length - this.filled);
      this.waiting.set(values.subarray(at, at + taken), this.filled);
      this.filled += taken;
      at += taken;
      if (this.filled === this.waiting.length) this.flush();
    }
  }

  flush(): void {
    if (this.filled === 0) return;
    const chunk = this.waiting.subarray(0, this.filled);
    this.filled = 0;
    this.onChunk(chunk);
  }
}

/** Where each row of a growing sparse matrix begins. */
export class RowStarts {
  private starts = new Float64Array(1024);
  private count = 0;

  append({ rows, indptr }: CsrMatrix): void {
    if (this.count + rows >= this.starts.length) {
      const grown = new Float64Array(2 * (this.count + rows + 1));
      grown.set(this.starts);
      this.starts = grown;
    }
    const base = this.starts[this.count];
    for (let r = 1; r <= rows; r++) this.starts[this.count + r] = base + indptr[r];
    this.count += rows;
  }

  get rows(): number {
    return this.count;
  }

  get entries(): number {
    return this.starts[this.count];
  }

  /** `indptr`: int64 where there are more than 2^31 entries; readers take both. */
  indptr(): Int32Array | BigInt64Array {
    const starts = this.starts.subarray(0, this.count + 1);
    return this.entries >= 2 ** 31 ? BigInt64Array.from(starts, BigInt) : Int32Array.from(starts);
  }
}
