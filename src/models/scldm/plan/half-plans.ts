/** @file The trained encoder and decoder as replayed plans on a device: latents of cells, shares of genes, drawn counts. */
import { part, type ComputeDevice, type Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { matrix } from '../../../engine/plan/layers.ts';
import type { CsrSource } from '../../../numerics/csr-source.ts';
import type { DrawBlock, DrawnBlock } from '../../backend.ts';
import type { BlockEncoder } from '../../decoding/encode-blocks.ts';
import { DrawPlan } from '../../decoding/draw-plan.ts';
import { LabelOffsetsPlan } from '../../decoding/label-offsets-plan.ts';
import { largestBatch } from '../../tape/count-buffers.ts';
import { latentDims, type AutoencoderShape } from '../shapes.ts';
import { recordTokensOfLatents } from './decoder.ts';
import { recordEncoder } from './encoder.ts';
import { recordGeneDecoder } from './gene-decoder.ts';
import { Pool, Tape, type NetworkWeights } from '../../tape/tape.ts';
import { TokenBuffers } from './token-buffers.ts';

/** Encodes blocks of cells of one source. */
export class EncodePlan implements BlockEncoder {
  readonly rows: number;
  readonly #device: ComputeDevice;
  readonly #counts: CsrSource;
  readonly #dims: number;
  readonly #tokens: TokenBuffers;
  readonly #pool: Pool;
  readonly #latents: View;
  readonly #program: Program;

  constructor(
    device: ComputeDevice,
    weights: NetworkWeights,
    shape: AutoencoderShape,
    counts: CsrSource,
    rows: number,
  ) {
    const room = largestBatch(counts, rows) + (shape.context === null ? 0 : rows);
    this.rows = rows;
    this.#device = device;
    this.#counts = counts;
    this.#dims = latentDims(shape);
    this.#tokens = new TokenBuffers(device, rows, shape.genes, room, shape.context);
    this.#pool = new Pool(device);
    const tape = new Tape(device, weights, this.#pool);
    this.#latents = recordEncoder(tape, shape, this.#tokens, room).out.view;
    this.#program = device.compile(tape.recorder);
  }

  /** Latents of at most `rows` cells, [cells, dims], before whitening. */
  encode(cells: Uint32Array): Promise<Float32Array> {
    this.#tokens.load(this.#counts.readRows(cells), []);
    this.#program.run();
    return this.#device.read(part(this.#latents, 0, cells.length * this.#dims));
  }

  dispose(): void {
    this.#program.dispose();
    this.#tokens.dispose();
    this.#pool.dispose();
  }
}

/** Decodes blocks of cells. */
export class DecodePlan {
  readonly rows: number;
  readonly #device: ComputeDevice;
  readonly #shape: AutoencoderShape;
  readonly #pool: Pool;
  readonly #z: View;
  readonly #shares: View;
  readonly #labels: LabelOffsetsPlan;
  readonly #program: Program;
  #drawing: DrawPlan | null = null;

  /** @param tables offsets of log expression by category, per attribute [categories, genes] or null */
  constructor(
    device: ComputeDevice,
    weights: NetworkWeights,
    shape: AutoencoderShape,
    rows: number,
    tables: readonly (Float32Array | null)[] = [],
  ) {
    const { tokens, channels, genes } = shape;
    this.rows = rows;
    this.#device = device;
    this.#shape = shape;
    this.#pool = new Pool(device);
    this.#z = this.#pool.fixed(rows * latentDims(shape));
    const tape = new Tape(device, weights, this.#pool);
    const z = matrix(this.#z, rows * tokens, channels);
    const decoded = recordTokensOfLatents(tape, shape, rows, z);
    const { logits } = recordGeneDecoder(tape, shape, rows, decoded.out);
    this.#shares = logits.view;
    this.#labels = new LabelOffsetsPlan(device, tables, rows);
    this.#labels.record(tape.recorder, logits);
    tape.recorder.call('softmaxRows', { x: this.#shares, rows, columns: genes });
    this.#program = device.compile(tape.recorder);
  }

  /** Expected shares of genes of at most `rows` cells, [cells, genes]. @param latents [cells, dims], not whitened */
  shares(latents: Float32Array): Promise<Float32Array> {
    this.#decode(latents, []);
    const cells = latents.length / latentDims(this.#shape);
    return this.#device.read(part(this.#shares, 0, cells * this.#shape.genes));
  }

  /** Counts drawn from the shares of genes of at most `rows` cells. */
  draw(block: DrawBlock): Promise<DrawnBlock> {
    this.#drawing ??= new DrawPlan(this.#device, this.#shares, this.rows, this.#shape.genes);
    this.#decode(block.latents, block.codes ?? []);
    return this.#drawing.draw(block);
  }

  dispose(): void {
    this.#program.dispose();
    this.#drawing?.dispose();
    this.#labels.dispose();
    this.#pool.dispose();
  }

  #decode(latents: Float32Array, codes: readonly Int32Array[]): void {
    this.#device.write(this.#z, latents);
    this.#labels.load(codes);
    this.#program.run();
  }
}
