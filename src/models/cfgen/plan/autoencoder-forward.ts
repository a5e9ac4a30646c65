/** @file The autoencoder's forward pass as recorded calls, in training mode (what the backward pass needs is kept) and evaluation mode. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { affine, matrix, type Matrix } from '../../../engine/plan/layers.ts';
import type { Recorder } from '../../../engine/plan/recorder.ts';
import type { Mode } from '../shapes.ts';
import type { AutoencoderWeights, LayerSpec } from './autoencoder-weights.ts';
import type { CountBuffers } from '../../tape/count-buffers.ts';

/** Values of one layer for a batch. */
export interface LayerBuffers {
  readonly spec: LayerSpec;
  /** Before the normalisation; for a last layer its output. */
  readonly linear: Matrix;
  /** After ELU; null for a last layer. */
  readonly out: Matrix | null;
  /** Batch mean and 1/√(variance + ε) of a hidden layer. */
  readonly mean: View | null;
  readonly scale: View | null;
  /** The output lies in somebody else's memory. */
  readonly borrowed: boolean;
}

/** Makes the buffers of one half. @param output where its output goes; null: to memory of its own */
export function layerBuffers(
  device: ComputeDevice,
  specs: readonly LayerSpec[],
  rows: number,
  output: Matrix | null = null,
): LayerBuffers[] {
  return specs.map((spec, i) => {
    const dense = (): Matrix => matrix(device.allocate(rows * spec.outputs), rows, spec.outputs);
    const vector = (): View | null => (spec.hidden ? device.allocate(spec.outputs) : null);
    const borrowed = output !== null && i === specs.length - 1;
    return {
      spec,
      linear: borrowed ? output : dense(),
      out: spec.hidden ? dense() : null,
      mean: vector(),
      scale: vector(),
      borrowed,
    };
  });
}

/** Frees the buffers of one half. */
export function freeLayers(device: ComputeDevice, layers: readonly LayerBuffers[]): void {
  for (const { linear, out, mean, scale, borrowed } of layers) {
    for (const view of [borrowed ? null : linear.view, out?.view, mean, scale]) {
      if (view !== null && view !== undefined) device.free(view);
    }
  }
}

/** What a layer gives to the next one. */
export function layerOutput(layer: LayerBuffers): Matrix {
  return layer.out ?? layer.linear;
}

/** Records one half; returns its output. The first layer of the encoder takes the counts, any other the dense input. */
export function recordHalf(
  recorder: Recorder,
  weights: AutoencoderWeights,
  layers: readonly LayerBuffers[],
  input: Matrix | CountBuffers,
  mode: Mode,
): Matrix {
  let x = input;
  for (const layer of layers) {
    recordLinear(recorder, weights, layer, x);
    if (layer.out !== null) recordNorm(recorder, weights, layer, layer.out, mode);
    x = layerOutput(layer);
  }
  return x as Matrix;
}

/** The weight of a dense layer as a matrix. */
export function weightOf(weights: AutoencoderWeights, spec: LayerSpec): Matrix {
  return matrix(weights.value(`${spec.name}.weight`), spec.inputs, spec.outputs);
}

function recordLinear(
  recorder: Recorder,
  weights: AutoencoderWeights,
  { spec, linear }: LayerBuffers,
  x: Matrix | CountBuffers,
): void {
  const bias = weights.value(`${spec.name}.bias`);
  if (!spec.sparse) {
    affine(recorder, x as Matrix, weightOf(weights, spec), linear, { bias });
    return;
  }
  const { indptr, indices, logs, rows, genes } = x as CountBuffers;
  const weight = weights.value(`${spec.name}.weight`);
  const width = spec.outputs;
  recorder.call('csrAffine', {
    indptr,
    indices,
    logs,
    rows,
    weight,
    bias,
    y: linear.view,
    width,
    genes,
  });
}

function recordNorm(
  recorder: Recorder,
  weights: AutoencoderWeights,
  { spec, linear, mean, scale }: LayerBuffers,
  out: Matrix,
  mode: Mode,
): void {
  const norm = {
    x: linear.view,
    gamma: weights.value(`${spec.name}.norm.weight`),
    beta: weights.value(`${spec.name}.norm.bias`),
    runningMean: weights.running.value(`${spec.name}.norm.running_mean`),
    runningVariance: weights.running.value(`${spec.name}.norm.running_var`),
    out: out.view,
    rows: linear.rows,
    columns: linear.columns,
  };
  if (mode === 'eval') recorder.call('batchNormEluEval', norm);
  else recorder.call('batchNormElu', { ...norm, mean: mean as View, scale: scale as View });
}
