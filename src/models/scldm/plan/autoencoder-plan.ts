/** @file The set autoencoder's training step and evaluation as replayed plans on a device. */
import type { ComputeDevice, Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { ADAMW_DEFAULTS } from '../../../engine/plan/adamw-options.ts';
import { AdamWPlan, type AdamWGroup } from '../../../engine/plan/adamw-plan.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import type { CsrSource } from '../../../numerics/csr-source.ts';
import { randomAt } from '../../../numerics/random.ts';
import type { NoiseKey } from '../../backend.ts';
import { CountBuffers, largestBatch } from '../../tape/count-buffers.ts';
import type { AutoencoderRecipe } from '../config.ts';
import type { AutoencoderShape } from '../shapes.ts';
import { recordTokensOfLatents } from './decoder.ts';
import { recordEncoder } from './encoder.ts';
import { allGenes, recordGeneDecoder, type DecodedGenes } from './gene-decoder.ts';
import { column, GeneSubset } from './gene-subset.ts';
import type { Tiling } from './gene-tiles.ts';
import { Pool, Tape, type NetworkWeights } from '../../tape/tape.ts';
import { TokenBuffers } from './token-buffers.ts';

/** Rows per partial sum of the likelihood kernel. */
const BLOCK_ROWS = 16;

/** Shares of the largest batch's tokens that programs are made for; each batch takes the smallest that has room. */
const ROOMS = [0.25, 0.35, 0.5, 0.7, 1];

/** Stream of the choice of genes. */
const GENES_STREAM = 33;

/** What a plan is made for. */
export interface AutoencoderPlanOptions {
  readonly shape: AutoencoderShape;
  /** Cells of a batch. */
  readonly rows: number;
  readonly counts: CsrSource;
  readonly recipe: Pick<
    AutoencoderRecipe,
    | 'beta2'
    | 'clipNorm'
    | 'weightDecay'
    | 'thetaRate'
    | 'thetaBounds'
    | 'geneRate'
    | 'latentNoise'
    | 'genesPerStep'
  >;
  /** Chances of genes to be in a step's part, up to a common factor; even when left out. */
  readonly chances?: Float64Array | null;
  /** Works in tiles cut so, token by token; left out: in one piece where that can be, else in the device's own tiles. */
  readonly tiling?: Tiling;
}

/** Trains the weights it is given, in place. */
export class AutoencoderPlan {
  readonly #device: ComputeDevice;
  readonly #weights: NetworkWeights;
  readonly #options: AutoencoderPlanOptions;
  readonly #counts: CountBuffers;
  /** The genes of a training step and their counts, when they are not all. */
  readonly #some: { readonly genes: GeneSubset; readonly counts: CountBuffers } | null;
  readonly #tokens: TokenBuffers;
  readonly #pool: Pool;
  readonly #evaluationPool: Pool;
  readonly #adamw: AdamWPlan;
  readonly #rooms: readonly number[];
  readonly #noise: View;
  readonly #noiseKey: View;
  readonly #theta: View;
  readonly #loss: View;
  readonly #total: View;
  readonly #partialLoss: View;
  readonly #programs = new Map<string, Program>();
  #room = 0;
  #summed = 0;

  constructor(device: ComputeDevice, weights: NetworkWeights, options: AutoencoderPlanOptions) {
    const { shape, rows, counts, recipe } = options;
    const { genes, tokens, channels, context } = shape;
    const entries = largestBatch(counts, rows);
    const room = entries + (context === null ? 0 : rows);
    this.#device = device;
    this.#weights = weights;
    this.#options = options;
    this.#pool = new Pool(device);
    this.#evaluationPool = new Pool(device);
    this.#counts = new CountBuffers(device, rows, genes, entries);
    const part = recipe.genesPerStep;
    this.#some =
      part === null || part >= genes
        ? null
        : {
            genes: new GeneSubset(device, genes, part, options.chances),
            counts: new CountBuffers(device, rows, part, entries),
          };
    this.#tokens = new TokenBuffers(device, rows, genes, room, context);
    this.#rooms = ROOMS.map((share) => Math.ceil(room * share));
    // Normals are written sixteen at a time.
    this.#noise = this.#pool.fixed(Math.ceil((rows * tokens * channels) / 16) * 16);
    this.#noiseKey = this.#pool.fixed(4);
    this.#theta = this.#pool.fixed(genes);
    this.#loss = this.#pool.fixed(1);
    this.#total = this.#pool.wide(1);
    this.#partialLoss = this.#pool.wide(Math.ceil(rows / BLOCK_ROWS));
    this.#adamw = new AdamWPlan(device, weights.arena, optimiserGroups(weights, recipe), {
      ...ADAMW_DEFAULTS,
      beta2: recipe.beta2,
      clipNorm: recipe.clipNorm,
      weightDecay: recipe.weightDecay,
    });
  }

  /** One optimiser step on a full batch of cells; the key decides the noise and the genes. */
  step(counts: CsrSource, cells: Uint32Array, rate: number, noise: NoiseKey): void {
    const { seed, stream, row } = noise;
    const batch = counts.readRows(cells);
    this.#room = this.#tokens.load(batch, this.#rooms);
    if (this.#some === null) {
      this.#counts.load(counts, cells);
    } else {
      this.#some.genes.choose(randomAt(seed, GENES_STREAM, row));
      this.#some.counts.load(
        this.#some.genes.restrict(batch),
        cells.map((_, i) => i),
      );
    }
    this.#device.writeWords(this.#noiseKey, [seed >>> 0, Math.floor(seed / 2 ** 32), stream, row]);
    this.#adamw.prepare(rate);
    this.#program(true).run();
    this.#summed++;
  }

  /** Mean likelihood loss of the steps since the last call, nats per cell; of some genes it is scaled up to all. */
  async takeLoss(): Promise<number> {
    const summed = this.#summed;
    this.#summed = 0;
    const read = this.#device.readWide(this.#total);
    this.#device.writeWide(this.#total, [0]);
    const { genes } = this.#options.shape;
    return ((await read)[0] / summed) * (genes / (this.#some?.genes.count ?? genes));
  }

  /** Loss of at most a batch of cells without noise, nats per cell. */
  async evaluate(counts: CsrSource, cells: Uint32Array): Promise<number> {
    this.#counts.load(counts, cells);
    this.#room = this.#tokens.load(counts.readRows(cells), this.#rooms);
    this.#program(false).run();
    return (await this.#device.read(this.#loss))[0];
  }

  /** Gradients of the last step, by the parameters' names. */
  gradients(): Promise<NamedArray[]> {
    return this.#weights.arena.read(this.#adamw.gradients);
  }

  /** Starts the optimiser anew, after the weights were overwritten. */
  restart(): void {
    this.#adamw.restart();
    this.#device.writeWide(this.#total, [0]);
    this.#summed = 0;
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#adamw.dispose();
    this.#counts.dispose();
    this.#tokens.dispose();
    this.#some?.genes.dispose();
    this.#some?.counts.dispose();
    this.#pool.dispose();
    this.#evaluationPool.dispose();
  }

  #program(learns: boolean): Program {
    const key = `${learns} ${this.#room}`;
    const program = this.#programs.get(key) ?? this.#record(this.#room, learns);
    this.#programs.set(key, program);
    return program;
  }

  #record(room: number, learns: boolean): Program {
    const { shape, rows } = this.#options;
    const pool = learns ? this.#pool : this.#evaluationPool;
    const tape = new Tape(this.#device, this.#weights, pool, this.#adamw.gradients);
    const { recorder } = tape;
    recorder.call('exponential', {
      x: tape.weight('log_theta').view,
      y: this.#theta,
      count: shape.genes,
    });
    const whole = this.#options.tiling === undefined;
    const encoding = recordEncoder(tape, shape, this.#tokens, room, whole);
    const seen = learns ? this.#recordNoise(tape, encoding.out) : encoding.out;
    const tokens = recordTokensOfLatents(tape, shape, rows, seen);
    const some = learns ? this.#some : null;
    const genes = some === null ? allGenes(tape, shape) : this.#recordPicked(tape, some.genes);
    const decoding = recordGeneDecoder(tape, shape, rows, tokens.out, genes, this.#options.tiling);
    this.#recordLoss(tape, decoding.logits, learns);
    if (learns) {
      const { dTokens, dGenes } = decoding.backward(decoding.logits);
      const all = some === null ? dGenes : tape.dense(shape.genes, shape.width);
      some?.genes.recordSpread(tape, dGenes, all);
      encoding.backward(tokens.backward(dTokens), all);
      this.#adamw.record(recorder);
    }
    return this.#device.compile(recorder);
  }

  #recordPicked(tape: Tape, genes: GeneSubset): DecodedGenes {
    const { shape } = this.#options;
    const all = allGenes(tape, shape);
    const bias = all.bias === null ? null : column(all.bias, shape.genes);
    return {
      table: genes.recordPick(tape, all.table),
      bias: bias === null ? null : genes.recordPick(tape, bias).view,
    };
  }

  #recordNoise(tape: Tape, z: Matrix): Matrix {
    const { latentNoise } = this.#options.recipe;
    if (latentNoise === 0) return z;
    const seen = tape.dense(z.rows, z.columns);
    const count = z.rows * z.columns;
    tape.recorder.call('rowNormals', { out: this.#noise, count, key: this.#noiseKey });
    const noise = { x: z.view, y: this.#noise, out: seen.view, count, c: latentNoise };
    tape.recorder.call('addScaled', noise);
    return seen;
  }

  #recordLoss(tape: Tape, logits: Matrix, learns: boolean): void {
    const { recorder } = tape;
    const some = learns ? this.#some : null;
    const counts = some?.counts ?? this.#counts;
    const { indptr, indices, values, totals: library, cells, rows, genes } = counts;
    const all = column(this.#theta, this.#options.shape.genes);
    const theta = (some === null ? all : some.genes.recordPick(tape, all)).view;
    const blocks = Math.ceil(rows / BLOCK_ROWS);
    const partial = learns ? [0, 1].map(() => tape.dense(blocks, genes).view) : [null, null];
    const [partialTheta, partialBias] = partial;
    recorder.call('negativeBinomial', {
      logits: logits.view,
      theta,
      indptr,
      indices,
      values,
      library,
      cells,
      partialTheta,
      partialBias,
      partialLoss: this.#partialLoss,
      rows,
      genes,
    });
    recorder.call('sumPartials', {
      partial: this.#partialLoss,
      count: blocks,
      out: this.#loss,
      scale: -1,
      cells,
      total: learns ? this.#total : null,
    });
    if (partialTheta === null || partialBias === null) return;
    const sums = { blocks, genes };
    this.#recordSpread(
      tape,
      'log_theta',
      (out) =>
      recorder.call('sumBlocks', { partial: partialTheta, out, factor: theta, scale: -1, cells, ...sums }), // prettier-ignore
    );
    if (!this.#options.shape.geneBias) return;
    this.#recordSpread(tape, 'gene_bias', (out) =>
      recorder.call('sumBlocks', { partial: partialBias, out, scale: 1, ...sums }),
    );
  }

  /** Puts a gradient per gene into its place, through the step's genes where they are not all. */
  #recordSpread(tape: Tape, name: string, record: (out: View) => void): void {
    const target = tape.gradient(name);
    if (this.#some === null) {
      record(target.view);
      return;
    }
    const { genes } = this.#some;
    const own = tape.dense(genes.count, 1);
    record(own.view);
    genes.recordSpread(tape, own, matrix(target.view, target.columns, 1));
  }
}

/** Dispersions and gene vectors have rates of their own; neither dispersions nor gene vectors and biases decay. */
function optimiserGroups(
  { arena }: NetworkWeights,
  recipe: AutoencoderPlanOptions['recipe'],
): AdamWGroup[] {
  const theta = arena.range('log_theta');
  const genes = arena.range('genes');
  const between = { from: theta.to, to: genes.from, decay: false };
  return [
    { ...theta, rate: recipe.thetaRate, decay: false, bounds: recipe.thetaBounds },
    ...(between.from < between.to ? [between] : []),
    { ...genes, rate: recipe.geneRate, decay: false },
    { from: genes.to, to: arena.size },
  ];
}
