/** @file Counts drawn on a device, where the expected shares of genes are. */
import { part, type ComputeDevice, type Program } from '../../engine/compute-device.ts';
import type { View } from '../../engine/kernels/list.ts';
import { Recorder } from '../../engine/plan/recorder.ts';
import type { DrawBlock, DrawnBlock } from '../backend.ts';

/** Draws the counts of blocks of cells from shares that lie in one place. */
export class DrawPlan {
  readonly #device: ComputeDevice;
  readonly #shares: View;
  readonly #rows: number;
  readonly #genes: number;
  readonly #theta: View;
  readonly #library: View;
  readonly #keys: View;
  readonly #indices: View;
  readonly #values: View;
  readonly #counts: View;
  readonly #program: Program;

  /** @param shares [rows, genes], written before each draw */
  constructor(device: ComputeDevice, shares: View, rows: number, genes: number) {
    this.#device = device;
    this.#shares = shares;
    this.#rows = rows;
    this.#genes = genes;
    this.#theta = device.allocate(genes);
    this.#library = device.allocateWide(rows);
    this.#keys = device.allocate(2 * rows);
    this.#indices = device.allocate(rows * genes);
    this.#values = device.allocate(rows * genes);
    this.#counts = device.allocate(rows);
    const recorder = new Recorder();
    recorder.call('drawCounts', {
      shares,
      theta: this.#theta,
      library: this.#library,
      keys: this.#keys,
      rows,
      genes,
      indices: this.#indices,
      values: this.#values,
      counts: this.#counts,
    });
    this.#program = device.compile(recorder);
  }

  /** Counts of at most `rows` cells, whose shares have been written; latents are not looked at. */
  async draw({ library, theta, keys }: Omit<DrawBlock, 'latents'>): Promise<DrawnBlock> {
    const device = this.#device;
    const genes = this.#genes;
    const sizes = new Float64Array(this.#rows);
    sizes.set(library);
    device.write(this.#theta, theta);
    device.writeWide(this.#library, sizes);
    device.writeWords(this.#keys, keys);
    this.#program.run();
    const counts = await device.readWords(part(this.#counts, 0, library.length));
    const rowsOf = (view: View): View[] =>
      Array.from(counts, (count, r) => part(view, r * genes, count));
    const words = await device.readParts([...rowsOf(this.#indices), ...rowsOf(this.#values)]);
    const entries = words.length / 2;
    return {
      counts,
      indices: words.subarray(0, entries),
      values: new Float32Array(words.buffer, entries * 4, entries),
      shares: (row) => device.read(part(this.#shares, row * genes, genes)),
    };
  }

  dispose(): void {
    this.#program.dispose();
    this.#device.free(
      this.#theta,
      this.#library,
      this.#keys,
      this.#indices,
      this.#values,
      this.#counts,
    );
  }
}
