/**
 * @file The velocity transformer on a tape: what modulates each cell (time and labels), and the blocks that it modulates.
 *
 * Blocks are adaLN-zero with gated layers (SwiGLU). Order of a block's six vectors: factor, shift and gate of the attention,
 * then of the gated layer; of the last two: shift, factor. Source: methods/scldm §2.1.
 */
import type { View } from '../../../engine/kernels/list.ts';
import {
  affine,
  affineInputGradient,
  affineWeightGradient,
  biasGradient,
  columnsOf,
  matrix,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import { denoiserTokens, flowDims, latentDims, type DenoiserShape } from '../shapes.ts';
import {
  labelName,
  modulationWidth,
  positions,
  TIME_FEATURES,
  timeSpeeds,
} from './denoiser-arrays.ts';
import { recordGatedLayer, recordSelfAttention } from '../../tape/layers.ts';
import { recordModulated } from '../../tape/modulated-norm.ts';
import type { Tape } from '../../tape/tape.ts';

/** Where the conditions of a batch stand: wide times, and for every attribute the label row of each condition. */
export interface ConditionPlaces {
  readonly count: number;
  readonly times: View;
  readonly codes: readonly View[];
}

/** Recorded modulation, [conditions, modulationWidth]. */
export interface Modulation {
  readonly out: Matrix;
  readonly backward: (dOut: Matrix) => void;
}

/** Records what conditions modulate with. */
export function recordModulation(
  tape: Tape,
  shape: DenoiserShape,
  { count, times, codes }: ConditionPlaces,
): Modulation {
  const { recorder } = tape;
  const { width } = shape;
  const half = TIME_FEATURES / 2;
  const speeds = tape.pool.wide(half);
  tape.device.writeWide(speeds, timeSpeeds());
  const features = tape.dense(count, TIME_FEATURES);
  recorder.call('timeFeatures', { times, speeds, out: features.view, rows: count, half });
  const [first, sum, slopes, active, activeSlopes] = [0, 1, 2, 3, 4].map(() =>
    tape.dense(count, width),
  );
  const linear = (name: string, x: Matrix, out: Matrix): void =>
    affine(recorder, x, tape.weight(`${name}.weight`), out, {
      bias: tape.weight(`${name}.bias`).view,
    });
  const silu = (x: Matrix, y: Matrix, slope: Matrix): void =>
    recorder.call('silu', { x: x.view, y: y.view, slope: slope.view, count: count * width });
  const hidden = tape.dense(count, width);
  linear('time.0', features, first);
  silu(first, hidden, slopes);
  linear('time.1', hidden, sum);
  const labels = {
    cells: tape.pool.words(Uint32Array.from({ length: count }, (_, i) => i)),
    masks: tape.pool.words(new Uint32Array(count).fill(1)),
    bit: 1,
    rows: count,
    width,
  };
  codes.forEach((own, a) => {
    const table = tape.weight(labelName(a)).view;
    recorder.call('addLabelRows', { x: sum.view, table, codes: own, ...labels });
  });
  silu(sum, active, activeSlopes);
  const out = tape.dense(count, modulationWidth(shape));
  linear('modulation', active, out);
  return {
    out,
    backward(dOut) {
      const weights = (name: string, x: Matrix, dy: Matrix): void => {
        affineWeightGradient(recorder, x, dy, tape.gradient(`${name}.weight`));
        biasGradient(recorder, dy, tape.gradient(`${name}.bias`).view);
      };
      const through = (name: string, x: Matrix, dy: Matrix, slope: Matrix): Matrix => {
        weights(name, x, dy);
        const dx = tape.dense(count, x.columns);
        const weight = tape.weight(`${name}.weight`);
        affineInputGradient(recorder, dy, weight, dx, { factor: slope.view });
        return dx;
      };
      const dSum = through('modulation', active, dOut, activeSlopes);
      codes.forEach((own, a) => {
        const dTable = tape.gradient(labelName(a)).view;
        const categories = shape.categories[a] + 1;
        recorder.call('labelGradient', { dx: dSum.view, dTable, codes: own, ...labels, categories }); // prettier-ignore
      });
      weights('time.0', features, through('time.1', hidden, dSum, slopes));
    },
  };
}

/** A recorded velocity, [cells, dims], and what records the gradients of the weights and of the modulation. */
export interface Denoising {
  readonly velocity: Matrix;
  readonly backward: (dVelocity: Matrix) => Matrix;
}

/** Records the velocities at x [cells, dims], cell by cell modulated. */
export function recordDenoiser(
  tape: Tape,
  shape: DenoiserShape,
  x: Matrix,
  modulation: Matrix,
): Denoising {
  const cells = x.rows;
  const { width, layers, heads } = shape;
  const tokens = denoiserTokens(shape);
  const input = recordInput(tape, shape, x);
  const steps: ((dOut: Matrix, dModulation: Matrix) => Matrix)[] = [];
  let h = input.out;
  const vector = (m: Matrix, block: number, at: number): Matrix =>
    columnsOf(m, (6 * block + at) * width, width);
  const groups = { side: modulation.stride, every: tokens, groups: cells, columns: width };
  const norm = (from: Matrix, block: number, factor: number, shift: number) =>
    recordModulated(tape, from, groups, (m) => ({
      factor: vector(m, block, factor).view,
      shift: vector(m, block, shift).view,
    }));
  for (let i = 0; i < layers; i++) {
    for (const at of [0, 3]) {
      const before = h;
      const normed = norm(before, i, at, at + 1);
      const name = `block.${i}`;
      const layer =
        at === 0
          ? recordSelfAttention(
              tape,
              `${name}.attention`,
              normed.out(modulation),
              { cells, tokens, heads },
              { bias: true },
            )
          : recordGatedLayer(tape, `${name}.gated`, normed.out(modulation), null);
      const gate = { base: 0, ...groups, rows: before.rows };
      h = tape.dense(before.rows, width);
      const weigh = (from: Matrix, addend: View | null, out: Matrix): void =>
        tape.recorder.call('modulate', {
          x: from.view,
          factor: vector(modulation, i, at + 2).view,
          addend,
          out: out.view,
          ...gate,
        });
      weigh(layer.out, before.view, h);
      steps.push((dOut, dModulation) => {
        const dGate = vector(dModulation, i, at + 2).view;
        const sums = { ...groups, rows: before.rows };
        tape.recorder.call('groupSums', { x: dOut.view, y: layer.out.view, out: dGate, ...sums });
        const dLayer = tape.dense(before.rows, width);
        weigh(dOut, null, dLayer);
        return normed.backward(layer.backward(dLayer), dOut, modulation, dModulation);
      });
    }
  }
  const last = norm(h, layers, 1, 0);
  const output = recordOutput(tape, shape, last.out(modulation));
  return {
    velocity: output.out,
    backward(dVelocity) {
      const dModulation = tape.dense(cells, modulation.columns);
      let d = last.backward(output.backward(dVelocity), null, modulation, dModulation);
      for (const step of steps.reverse()) d = step(d, dModulation);
      input.backward(d);
      return dModulation;
    },
  };
}

interface Ends {
  readonly out: Matrix;
  readonly backward: (dOut: Matrix) => Matrix;
}

/** Moves the tokens' columns between [cells, own] and [cells, more], which has the library's behind them. */
function copyTokens(tape: Tape, from: Matrix, to: Matrix, columns: number): void {
  const [sideFrom, sideTo] = [from.stride, to.stride];
  const shape = { sideFrom, sideTo, rows: from.rows, columns };
  tape.recorder.call('copyColumns', { from: from.view, to: to.view, ...shape });
}

/** States [cells, dims] become tokens [cells · tokens, width], positions added. */
function recordInput(
  tape: Tape,
  shape: DenoiserShape,
  x: Matrix,
): { out: Matrix; backward: (dOut: Matrix) => void } {
  const { recorder } = tape;
  const { tokens, channels, width, library } = shape;
  const cells = x.rows;
  const rows = cells * tokens;
  const all = denoiserTokens(shape);
  const place = tape.pool.fixed(tokens * width);
  tape.device.write(place, positions(shape));
  const each = tape.pool.words(Uint32Array.from({ length: rows }, (_, r) => r % tokens));
  const latents = library ? tape.dense(rows, channels) : matrix(x.view, rows, channels);
  if (library)
    copyTokens(tape, x, matrix(latents.view, cells, latentDims(shape)), latentDims(shape));
  const plain = tape.dense(rows, width);
  affine(recorder, latents, tape.weight('input.weight'), plain, {
    bias: tape.weight('input.bias').view,
    addend: place,
    side: width,
    rows: each,
  });
  const wide = (m: Matrix): Matrix => matrix(m.view, cells, all * width);
  const last = columnsOf(x, flowDims(shape) - 1, 1);
  const out = library ? tape.dense(cells * all, width) : plain;
  const sizeToken = (m: Matrix): Matrix => columnsOf(wide(m), tokens * width, width);
  if (library) {
    copyTokens(tape, matrix(plain.view, cells, tokens * width), wide(out), tokens * width);
    affine(recorder, last, tape.weight('library.in.weight'), sizeToken(out), {
      bias: tape.weight('library.in.bias').view,
    });
  }
  return {
    out,
    backward(dOut) {
      let d = dOut;
      if (library) {
        d = tape.dense(rows, width);
        copyTokens(tape, wide(dOut), matrix(d.view, cells, tokens * width), tokens * width);
        affineWeightGradient(recorder, last, sizeToken(dOut), tape.gradient('library.in.weight'));
        biasGradient(recorder, sizeToken(dOut), tape.gradient('library.in.bias').view);
      }
      affineWeightGradient(recorder, latents, d, tape.gradient('input.weight'));
      biasGradient(recorder, d, tape.gradient('input.bias').view);
    },
  };
}

/** Tokens become velocities [cells, dims]. */
function recordOutput(tape: Tape, shape: DenoiserShape, x: Matrix): Ends {
  const { recorder } = tape;
  const { tokens, channels, width, library } = shape;
  const all = denoiserTokens(shape);
  const cells = x.rows / all;
  const rows = cells * tokens;
  const wide = (m: Matrix): Matrix => matrix(m.view, cells, all * width);
  const sizeToken = (m: Matrix): Matrix => columnsOf(wide(m), tokens * width, width);
  const own = library ? tape.dense(rows, width) : x;
  const narrow = matrix(own.view, cells, tokens * width);
  if (library) copyTokens(tape, wide(x), narrow, tokens * width);
  const latents = tape.dense(rows, channels);
  affine(recorder, own, tape.weight('output.weight'), latents, {
    bias: tape.weight('output.bias').view,
  });
  const dims = flowDims(shape);
  const columns = latentDims(shape);
  const out = library ? tape.dense(cells, dims) : matrix(latents.view, cells, dims);
  if (library) {
    copyTokens(tape, matrix(latents.view, cells, columns), out, columns);
    affine(recorder, sizeToken(x), tape.weight('library.out.weight'), columnsOf(out, columns, 1), {
      bias: tape.weight('library.out.bias').view,
    });
  }
  return {
    out,
    backward(dOut) {
      const d = library ? tape.dense(rows, channels) : matrix(dOut.view, rows, channels);
      if (library) copyTokens(tape, dOut, matrix(d.view, cells, columns), columns);
      affineWeightGradient(recorder, own, d, tape.gradient('output.weight'));
      biasGradient(recorder, d, tape.gradient('output.bias').view);
      const dOwn = tape.dense(rows, width);
      affineInputGradient(recorder, d, tape.weight('output.weight'), dOwn);
      if (!library) return dOwn;
      const last = columnsOf(dOut, columns, 1);
      const dx = tape.dense(x.rows, width);
      copyTokens(tape, matrix(dOwn.view, cells, tokens * width), wide(dx), tokens * width);
      affineWeightGradient(recorder, sizeToken(x), last, tape.gradient('library.out.weight'));
      biasGradient(recorder, last, tape.gradient('library.out.bias').view);
      affineInputGradient(recorder, last, tape.weight('library.out.weight'), sizeToken(dx));
      return dx;
    },
  };
}
