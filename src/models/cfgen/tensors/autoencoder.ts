/**
 * @file CFGen's autoencoder: log1p counts → latent → logits over genes, with one inverse dispersion a gene.
 *
 * Linear → batch normalisation → ELU for every hidden layer; the last Linear of each half is bare.
 * Weights are stored [in, out].
 */
import type { AutoencoderShape, Mode } from '../shapes.ts';
import * as tf from '@tensorflow/tfjs-core';
import {
  BATCH_NORM_MOMENTUM,
  batchNormEval,
  batchNormTrain,
} from '../../../engine/tensors/batch-norm.ts';
import { uniformValues } from '../../../engine/init.ts';
import { elu, linear, linearOfData } from '../../../engine/tensors/ops.ts';
import {
  createParameter,
  replaceTensor,
  type Parameter,
} from '../../../engine/tensors/parameters.ts';
import type { Random } from '../../../numerics/random.ts';
import type { AutoencoderRecipe } from '../../recipes.ts';

interface Dense {
  readonly weight: Parameter;
  readonly bias: Parameter;
}

interface Normalised extends Dense {
  readonly gamma: Parameter;
  readonly beta: Parameter;
  readonly mean: Parameter;
  readonly variance: Parameter;
}

interface Half {
  readonly hidden: readonly Normalised[];
  readonly last: Dense;
}

interface PendingStatistics {
  readonly layer: Normalised;
  readonly rows: number;
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** The networks with their parameters on the device. */
export class Autoencoder {
  readonly shape: AutoencoderShape;
  /** log inverse dispersion, [genes] */
  readonly logTheta: Parameter;
  /** Learnable arrays. */
  readonly parameters: readonly Parameter[];
  /** Running means and variances. */
  readonly running: readonly Parameter[];
  readonly #encoder: Half;
  readonly #decoder: Half;
  #pending: PendingStatistics[] = [];

  constructor(
    shape: AutoencoderShape,
    random: Random,
    recipe: Pick<AutoencoderRecipe, 'logTheta' | 'thetaRate' | 'thetaDecays' | 'thetaBounds'>,
  ) {
    this.shape = shape;
    const { genes, hidden, latentDim } = shape;
    this.#encoder = createHalf('encoder', [genes, ...hidden, latentDim], random);
    this.#decoder = createHalf('decoder', [latentDim, ...[...hidden].reverse(), genes], random);
    const start = Float32Array.from({ length: genes }, () => recipe.logTheta ?? random.normal());
    this.logTheta = createParameter('log_theta', [genes], start, {
      rate: recipe.thetaRate,
      decay: recipe.thetaDecays,
      ...(recipe.thetaBounds === null ? {} : { bounds: recipe.thetaBounds }),
    });
    const halves = [this.#encoder, this.#decoder];
    this.parameters = [this.logTheta, ...halves.flatMap(learnable)];
    this.running = halves.flatMap((half) => half.hidden.flatMap((l) => [l.mean, l.variance]));
  }

  /** The bias of the decoder's last layer, [genes]. */
  get outputBias(): Parameter {
    return this.#decoder.last.bias;
  }

  /** log1p counts [cells, genes] → latents [cells, latentDim]. */
  encode(x: tf.Tensor2D, mode: Mode): tf.Tensor2D {
    return this.#run(this.#encoder, x, mode, true);
  }

  /** Latents → logits over genes; expected counts are softmax(logits) · library size. */
  decode(z: tf.Tensor2D, mode: Mode): tf.Tensor2D {
    return this.#run(this.#decoder, z, mode, false);
  }

  /** Moves the running statistics by the batches seen in training mode since the last call. */
  updateRunning(): void {
    for (const { layer, rows, mean, variance } of this.#pending) {
      const unbiased = rows > 1 ? rows / (rows - 1) : 1;
      replaceTensor(layer.mean, moved(layer.mean.tensor, mean, 1));
      replaceTensor(layer.variance, moved(layer.variance.tensor, variance, unbiased));
    }
    this.dropStatistics();
  }

  /** Forgets batch statistics without using them. */
  dropStatistics(): void {
    for (const { mean, variance } of this.#pending) tf.dispose([mean, variance]);
    this.#pending = [];
  }

  dispose(): void {
    for (const p of [...this.parameters, ...this.running]) p.tensor.dispose();
    this.dropStatistics();
  }

  #run(half: Half, input: tf.Tensor2D, mode: Mode, inputIsData: boolean): tf.Tensor2D {
    let h = input;
    half.hidden.forEach((layer, i) => {
      const { weight, bias } = tensors(layer);
      const affine = i === 0 && inputIsData ? linearOfData : linear;
      h = elu(this.#normalise(layer, affine(h, weight, bias), mode));
    });
    const { weight, bias } = tensors(half.last);
    return linear(h, weight, bias);
  }

  #normalise(layer: Normalised, x: tf.Tensor2D, mode: Mode): tf.Tensor2D {
    const gamma = layer.gamma.tensor as tf.Tensor1D;
    const beta = layer.beta.tensor as tf.Tensor1D;
    if (mode === 'train') {
      return batchNormTrain(x, gamma, beta, (mean, variance) =>
        this.#pending.push({ layer, rows: x.shape[0], mean, variance }),
      );
    }
    const mean = layer.mean.tensor as tf.Tensor1D;
    return batchNormEval(x, gamma, beta, mean, layer.variance.tensor as tf.Tensor1D);
  }
}

function moved(old: tf.Tensor, now: tf.Tensor, factor: number): tf.Tensor {
  return tf.tidy(() =>
    tf.add(
      tf.mul(old, tf.scalar(1 - BATCH_NORM_MOMENTUM)),
      tf.mul(now, tf.scalar(BATCH_NORM_MOMENTUM * factor)),
    ),
  );
}

function tensors(layer: Dense): { weight: tf.Tensor2D; bias: tf.Tensor1D } {
  return { weight: layer.weight.tensor as tf.Tensor2D, bias: layer.bias.tensor as tf.Tensor1D };
}

function createHalf(name: string, widths: readonly number[], random: Random): Half {
  const last = widths.length - 2;
  const hidden = Array.from({ length: last }, (_, i) =>
    createNormalised(`${name}.${i}`, widths[i], widths[i + 1], random),
  );
  return { hidden, last: createDense(`${name}.${last}`, widths[last], widths[last + 1], random) };
}

function createDense(name: string, inputs: number, outputs: number, random: Random): Dense {
  const bound = 1 / Math.sqrt(inputs);
  const weight = uniformValues(inputs * outputs, bound, random);
  return {
    weight: createParameter(`${name}.weight`, [inputs, outputs], weight),
    bias: createParameter(`${name}.bias`, [outputs], uniformValues(outputs, bound, random)),
  };
}

function createNormalised(
  name: string,
  inputs: number,
  outputs: number,
  random: Random,
): Normalised {
  const filled = (part: string, value: number): Parameter =>
    createParameter(`${name}.${part}`, [outputs], new Float32Array(outputs).fill(value));
  return {
    ...createDense(name, inputs, outputs, random),
    gamma: filled('norm.weight', 1),
    beta: filled('norm.bias', 0),
    mean: filled('norm.running_mean', 0),
    variance: filled('norm.running_var', 1),
  };
}

function learnable(half: Half): Parameter[] {
  const hidden = half.hidden.flatMap((l) => [l.weight, l.bias, l.gamma, l.beta]);
  return [...hidden, half.last.weight, half.last.bias];
}
