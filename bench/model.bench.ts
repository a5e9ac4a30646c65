/** @file Times of training steps and sampling on this machine's CPU, each next to a named baseline of the same run. Prints JSON. */
import * as tf from '@tensorflow/tfjs-core';
import { ADAMW_DEFAULTS, createAdamW } from '../src/engine/adamw.ts';
import { selectDevice } from '../src/engine/backend.ts';
import { disposeGradients, lossAndGradients } from '../src/engine/gradients.ts';
import {
  lossComposed,
  negativeBinomialLoss,
  type CountBatch,
} from '../src/engine/negative-binomial.ts';
import { nodeWasmPaths } from '../src/engine/node-wasm.ts';
import { linear, meanSquaredError } from '../src/engine/ops.ts';
import { Autoencoder } from '../src/models/cfgen/autoencoder.ts';
import { chooseConditions, labelRows } from '../src/models/cfgen/conditions.ts';
import { createConfig } from '../src/models/cfgen/config.ts';
import { GuidedField } from '../src/models/cfgen/field.ts';
import { sharedGuidance } from '../src/models/cfgen/guidance.ts';
import { createVelocity, flowDims } from '../src/models/cfgen/model.ts';
import { timeFeatures, type VelocityNetwork } from '../src/models/cfgen/velocity.ts';
import { createRandom } from '../src/numerics/random.ts';

/** One line of the report; smaller is better for ms. */
interface Figure {
  readonly figure: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: number | null;
  readonly baselineName: string | null;
  readonly ratio: number | null;
  readonly goal: number | null;
  readonly device: string;
  readonly threads: number;
}

const device = await selectDevice('wasm', { wasmPaths: nodeWasmPaths() });
const random = createRandom(1);
const BATCH = 256;

/** Median milliseconds of a call. */
function time(run: () => void, repeats: number): number {
  run();
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(repeats / 2)];
}

function figure(
  name: string,
  ours: number,
  goal: number | null,
  baseline: readonly [string, number] | null,
): Figure {
  const round = (value: number): number => Number(value.toPrecision(3));
  return {
    figure: name,
    unit: 'ms',
    ours: round(ours),
    baseline: baseline === null ? null : round(baseline[1]),
    baselineName: baseline === null ? null : baseline[0],
    ratio: baseline === null ? null : round(baseline[1] / ours),
    goal,
    device: device.kind,
    threads: device.threads,
  };
}

const normal = (...shape: [number, number]): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from({ length: shape[0] * shape[1] }, () => random.normal()),
    shape,
  );

function linearLayer(inputs: number, outputs: number): Figure {
  const [x, w, dy] = [normal(BATCH, inputs), normal(inputs, outputs), normal(BATCH, outputs)];
  const b = tf.zeros([outputs]) as tf.Tensor1D;
  const ours = time(() => {
    const { value, grads } = tf.engine().gradients(() => linear(x, w, b), [x, w, b], dy);
    tf.dispose([value, ...grads]);
  }, 5);
  const stock = time(() => {
    tf.dispose([tf.add(tf.matMul(x, w), b), tf.matMul(dy, w, false, true), tf.sum(dy, 0)]);
    tf.dispose(tf.matMul(x, dy, true, false));
  }, 3);
  tf.dispose([x, w, dy, b]);
  const name = `linear layer ${inputs} to ${outputs}, forward and backward`;
  return figure(name, ours, null, ['products of transposed operands', stock]);
}

function countBatch(genes: number): CountBatch & { readonly x: tf.Tensor2D } {
  const draw = (): number => (random.uniform() < 0.08 ? 1 + random.integer(3) : 0);
  const counts = Float32Array.from({ length: BATCH * genes }, draw);
  return {
    x: tf.tensor2d(counts.map(Math.log1p), [BATCH, genes]),
    counts: tf.tensor2d(counts, [BATCH, genes]),
    library: tf.fill([BATCH, 1], 1500) as tf.Tensor2D,
    mask: tf.ones([BATCH, 1]) as tf.Tensor2D,
    cells: BATCH,
  };
}

function likelihood(genes: number): Figure {
  const batch = countBatch(genes);
  const logits = normal(BATCH, genes);
  const logTheta = tf.fill([genes], 3) as tf.Tensor1D;
  const ours = time(
    () => tf.dispose(tf.tidy(() => negativeBinomialLoss(logits, logTheta, batch))),
    5,
  );
  const composed = time(
    () => tf.dispose(tf.tidy(() => lossComposed(logits, logTheta, batch).loss)),
    3,
  );
  const name = `likelihood with gradients, ${BATCH} cells, ${genes} genes`;
  return figure(name, ours, null, ['whole-tensor operations', composed]);
}

function config(genes: number) {
  return createConfig({
    recipe: 'recommended',
    genes,
    trainingCells: 1500,
    categories: [7, 2],
    maxEpochs: null,
    flowSteps: null,
  });
}

function autoencoderStep(genes: number): Figure {
  const { architecture, autoencoder: recipe } = config(genes);
  const model = new Autoencoder(architecture, random, recipe);
  const adamw = createAdamW(model.parameters, ADAMW_DEFAULTS);
  const batch = countBatch(genes);
  const ours = time(() => {
    const run = lossAndGradients(model.parameters, () => {
      const logits = model.decode(model.encode(batch.x, 'train'), 'train');
      return negativeBinomialLoss(logits, model.logTheta.tensor as tf.Tensor1D, batch);
    });
    adamw.step(run.gradients, 1e-3);
    model.updateRunning();
    disposeGradients(run);
  }, 5);
  return figure(`autoencoder step, ${BATCH} cells, ${genes} genes`, ours, null, null);
}

function flowStep(): Figure {
  const { architecture, flow } = config(2000);
  const dims = flowDims(architecture);
  const network = createVelocity(architecture, 0);
  const adamw = createAdamW(network.parameters, { ...ADAMW_DEFAULTS, average: 0.999 });
  const codes = architecture.categories.map((n) =>
    Int32Array.from({ length: BATCH }, () => random.integer(n)),
  );
  const ours = time(() => {
    const masks = chooseConditions(BATCH, codes.length, flow, random);
    const times = Float64Array.from({ length: BATCH }, (_, i) => (i + 0.5) / BATCH);
    const { embedding, categories } = network.shape;
    const batch = {
      x: normal(BATCH, dims),
      time: tf.tensor2d(timeFeatures(times, embedding), [BATCH, embedding]),
      labels: codes.map((own, a) =>
        tf.tensor2d(labelRows(own, masks, a, categories[a]), [BATCH, categories[a]]),
      ),
    };
    const run = lossAndGradients(network.parameters, () =>
      meanSquaredError(network.forward(batch), batch.x),
    );
    adamw.step(run.gradients, 1e-3);
    disposeGradients(run);
    tf.dispose([batch.x, batch.time, ...batch.labels]);
  }, 100);
  return figure(`flow step, ${BATCH} cells, ${dims} dimensions`, ours, null, null);
}

function plainMixture(
  network: VelocityNetwork,
  x: tf.Tensor2D,
  codes: readonly Int32Array[],
  masks: readonly number[],
): void {
  const cells = x.shape[0];
  const { embedding, categories } = network.shape;
  const times = new Float64Array(cells).fill(0.4);
  for (const mask of masks) {
    const shown = new Uint32Array(cells).fill(mask);
    const v = tf.tidy(() =>
      network.forward({
        x,
        time: tf.tensor2d(timeFeatures(times, embedding), [cells, embedding]),
        labels: codes.map((own, a) =>
          tf.tensor2d(labelRows(own, shown, a, categories[a]), [cells, categories[a]]),
        ),
      }),
    );
    v.dispose();
  }
}

/** Field evaluations of a whole solve: 16 for Heun with 8 steps. */
function sampling(cells: number, weights: readonly [number, number], goal: number): Figure {
  const { architecture } = config(2000);
  const network = createVelocity(architecture, 0);
  const codes = architecture.categories.map(() => new Int32Array(cells).fill(1));
  const branches = sharedGuidance(weights);
  const groupOf = new Uint16Array(cells);
  const field = new GuidedField(network, {
    codes,
    groups: [branches],
    groupOf,
    lastVelocity: null,
  });
  const x = normal(cells, flowDims(architecture));
  const evaluations = 16;
  const ours = time(() => {
    for (let i = 0; i < evaluations; i++) field.velocity(i / evaluations, x).dispose();
  }, 5);
  const masks = branches.map((b) => b.mask);
  const plain = time(() => {
    for (let i = 0; i < evaluations; i++) plainMixture(network, x, codes, masks);
  }, 3);
  const name = `${cells} cells, Heun 8, two attributes at weights ${weights.join(' and ')}`;
  return figure(name, ours, goal, ['the plain network for each branch', plain]);
}

const report = [
  linearLayer(2000, 512),
  linearLayer(128, 128),
  likelihood(2000),
  autoencoderStep(765),
  autoencoderStep(6998),
  flowStep(),
  sampling(500, [1, 1], 100),
  sampling(500, [1.8, 0.7], 250),
];
process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
process.exit(0);
