/**
 * @file PAD-lite on a tape: gene tokens with values, a control stream, layers of gene modulation, adapter and two differential blocks.
 *
 * What depends on genes alone is recorded once for all cells. Source: methods/scdfm §1.7 and §4.2.
 */
import type { View } from '../../../engine/kernels/list.ts';
import { columnsOf, matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { recordAdd, recordLinear, recordNorm, type Layer } from '../../tape/layers.ts';
import { rowsOf, type Tape } from '../../tape/tape.ts';
import type { PadShape } from '../shapes.ts';
import {
  addRows,
  recordActivation,
  recordContexts,
  recordProduct,
  recordTimes,
} from './condition-layers.ts';
import { recordDropout, type Dropout } from './dropout.ts';
import { recordDifferentialBlock, type RecordedBlock } from './differential-block.ts';
import { recordGeneEncoder, recordTokenShift, type SeenTokens } from './gene-encoder.ts';
import type { ConditionPlaces, Recorded, RecordedNetwork } from './network.ts';
import { graphLists, type GraphLists } from './graph-attention.ts';
import { blockName, conditionWidth, LEARNT_EPSILON, PAD_TIMES } from './pad-arrays.ts';

const biased = { bias: true } as const;

/** Turns per unit of time: 10000^(−j / 128) / 2π, raw times in [0, 1]. */
function padSpeeds(): Float64Array {
  const half = PAD_TIMES / 2;
  return Float64Array.from({ length: half }, (_, j) => 10_000 ** (-j / half) / (2 * Math.PI));
}

/** Begins the network. @param seen tokens that each token sees @param dropout what is dropped in training */
export function recordPadNetwork(
  tape: Tape,
  shape: PadShape,
  seen: SeenTokens,
  dropout: Dropout | null,
): RecordedNetwork {
  return new PadRecording(tape, shape, seen, dropout);
}

class PadRecording implements RecordedNetwork {
  readonly #tape: Tape;
  readonly #shape: PadShape;
  readonly #genes: Recorded<void>;
  /** Shift, gate and scale of every layer, [dims, 3 · layers · width]. */
  readonly #modulation: Layer;
  readonly #active: Layer;
  readonly #graph: GraphLists | null;
  readonly #dropout: Dropout | null;
  /** Gradient of all tokens' vectors, once the cells' part of it is known. */
  #dGenes: Matrix | null = null;
  #dCells: Matrix | null = null;

  constructor(tape: Tape, shape: PadShape, seen: SeenTokens, dropout: Dropout | null) {
    this.#dropout = dropout;
    this.#tape = tape;
    this.#shape = shape;
    this.#graph = shape.masked ? graphLists(tape, seen, shape.dims) : null;
    this.#genes = recordGeneEncoder(tape, seen, shape.graphHeads, dropout);
    this.#active = recordActivation(tape, 'silu', this.#ofGenes(this.#genes.out));
    this.#modulation = recordLinear(tape, 'genes.modulation', this.#active.out, biased);
  }

  /** The rows of tokens that are modelled genes. */
  #ofGenes(tokens: Matrix): Matrix {
    return rowsOf(tokens, 0, this.#shape.dims);
  }

  condition({ count, times, sets, codes, beyond }: ConditionPlaces): Recorded<void> {
    const tape = this.#tape;
    const { width, layers, contexts } = this.#shape;
    const features = recordTimes(tape, times, count, padSpeeds());
    const first = recordLinear(tape, 'time.0', features, biased);
    const firstActive = recordActivation(tape, 'silu', first.out);
    const time = recordLinear(tape, 'time.1', firstActive.out, biased);
    const labels = recordContexts(tape, time.out, codes, contexts);
    const active = recordActivation(tape, 'silu', time.out);
    const out = tape.dense(count, conditionWidth(this.#shape));
    const blocks = 12 * layers * width;
    const timePart = columnsOf(out, 0, blocks);
    const setPart = columnsOf(out, blocks, (layers + 1) * width);
    // Shifts are not learnt with the network, so nothing flows back to them.
    if (this.#shape.shifted) {
      const known = beyond === null ? {} : { addend: beyond };
      recordLinear(tape, 'shift', sets, { out: this.#shift(out), ...known });
    }
    const modulation = recordLinear(tape, 'modulation', active.out, { bias: true, out: timePart });
    const tokens = recordProduct(tape, sets, this.#genes.out);
    const set = recordLinear(tape, 'set', tokens.out, { bias: true, out: setPart });
    return {
      out,
      backward: (dOut) => {
        const dTime = active.backward(modulation.backward(columnsOf(dOut, 0, blocks)));
        labels(dTime);
        first.backward(firstActive.backward(time.backward(dTime)));
        this.#dGenes = tokens.backward(set.backward(columnsOf(dOut, blocks, (layers + 1) * width)));
      },
    };
  }

  velocity(x: Matrix, controls: Matrix | null, conditions: Matrix): Recorded<Matrix> {
    if (controls === null) throw new RangeError('pad-lite needs control cells');
    const tape = this.#tape;
    const { dims, width, layers } = this.#shape;
    const cells = x.rows;
    const rows = cells * dims;
    const genes = this.#ofGenes(this.#genes.out);
    const values = (name: string, own: View): Recorded<Matrix> =>
      recordValues(tape, name, matrix(own, rows, 1), genes, this.#dropout);
    const state = values('state', x.view);
    const control = values('control', controls.view);
    const cellOf = tape.pool.words(
      Uint32Array.from({ length: rows }, (_, r) => Math.floor(r / dims)),
    );
    const fusion = recordFusion(tape, state.out, control.out);
    const steps: RecordedStep[] = [];
    let h = fusion.out;
    for (let i = 0; i < layers; i++) {
      const step = this.#layer(i, h, control.out, conditions, cellOf);
      steps.push(step);
      h = step.out;
    }
    const output = recordOutput(tape, h, this.#setVectors(conditions, layers), cellOf, dims);
    if (this.#shape.shifted) addRows(tape, output.out, this.#shift(conditions));
    return {
      out: matrix(output.out.view, cells, dims),
      backward: (dVelocity) => {
        const dConditions = tape.dense(cells, conditions.columns);
        const dModulation = tape.dense(dims, this.#modulation.out.columns);
        const dControl = tape.dense(rows, width);
        const carry = tape.dense(rows, width);
        const scratch = (work: () => Matrix): void => {
          // Every part of the way back takes the same memory; its result is carried on.
          const memory = tape.place;
          const d = work();
          tape.recorder.call('copy', { from: d.view, to: carry.view, count: rows * width });
          tape.place = memory;
        };
        const dSet = (k: number): Matrix => this.#setVectors(dConditions, k);
        scratch(() => output.backward(matrix(dVelocity.view, rows, 1), dSet(layers)));
        steps.toReversed().forEach((step, back) => {
          const begun = back > 0;
          step.backward(scratch, carry, { dConditions, dModulation, dControl, begun });
        });
        const dGenes = this.#ends(carry, dControl, dModulation, { state, control, fusion });
        this.#dCells = dGenes;
        return dConditions;
      },
    };
  }

  finish(): void {
    const [all, cells] = [this.#dGenes, this.#dCells];
    if (all === null || cells === null) throw new RangeError('nothing flows back yet');
    recordAdd(this.#tape, this.#ofGenes(all), cells);
    this.#genes.backward(all);
  }

  /** What sets add to the velocity of all genes. */
  #shift(conditions: Matrix): Matrix {
    const { dims } = this.#shape;
    return columnsOf(conditions, conditions.columns - dims, dims);
  }

  /** The k-th vector that a set gives to adapters (and, last, to the output). */
  #setVectors(conditions: Matrix, k: number): Matrix {
    const { layers, width } = this.#shape;
    return columnsOf(conditions, (12 * layers + k) * width, width);
  }

  #layer(i: number, x: Matrix, control: Matrix, conditions: Matrix, cellOf: View): RecordedStep {
    const tape = this.#tape;
    const { dims: tokens, width, heads } = this.#shape;
    const cells = x.rows / tokens;
    const vectors = (m: Matrix): Matrix => columnsOf(m, 3 * i * width, 3 * width);
    const gene = recordGeneModulation(tape, `layer.${i}.gene`, x, vectors(this.#modulation.out));
    const adapter = recordAdapter(tape, `layer.${i}.adapter`, gene.out, this.#setVectors(conditions, i), cellOf, tokens, this.#dropout); // prettier-ignore
    const block = (wiring: 'self' | 'control', y: Matrix): RecordedBlock =>
      recordDifferentialBlock(
        tape,
        blockName(i, wiring),
        y,
        control,
        conditions,
        12 * i + (wiring === 'self' ? 0 : 6),
        { cells, tokens, heads, layer: i, wiring, graph: this.#graph },
      );
    const own = block('self', adapter.out);
    const other = block('control', own.out);
    return {
      out: other.out,
      backward: (scratch, carry, { dConditions, dModulation, dControl, begun }) => {
        scratch(() => {
          const { dY, dReference } = other.backward(carry, dConditions);
          const { view } = dReference as Matrix;
          const count = dControl.rows * dControl.columns;
          if (begun) recordAdd(tape, dControl, dReference as Matrix);
          else tape.recorder.call('copy', { from: view, to: dControl.view, count });
          return dY;
        });
        scratch(() => own.backward(carry, dConditions).dY);
        scratch(() => adapter.backward(carry, this.#setVectors(dConditions, i)));
        scratch(() => gene.backward(carry, vectors(dModulation)));
      },
    };
  }

  /** From the fused tokens' gradient to that of the genes' vectors, [dims, width]. */
  #ends(
    d: Matrix,
    dControl: Matrix,
    dModulation: Matrix,
    { state, control, fusion }: Ends,
  ): Matrix {
    const tape = this.#tape;
    const { dState, dControl: more } = fusion.backward(d);
    recordAdd(tape, dControl, more);
    const dGenes = state.backward(dState);
    recordAdd(tape, dGenes, control.backward(dControl));
    return this.#active.backward(this.#modulation.backward(dModulation), dGenes);
  }
}

interface Ends {
  readonly state: Recorded<Matrix>;
  readonly control: Recorded<Matrix>;
  readonly fusion: RecordedFusion;
}

/** Runs a part of the way back in memory that the next part takes again, and carries its result on. */
type Scratch = (work: () => Matrix) => void;

interface Gradients {
  readonly dConditions: Matrix;
  readonly dModulation: Matrix;
  readonly dControl: Matrix;
  /** `dControl` holds something already. */
  readonly begun: boolean;
}

interface RecordedStep {
  readonly out: Matrix;
  readonly backward: (scratch: Scratch, carry: Matrix, gradients: Gradients) => void;
}

/** Values as vectors, with their genes' vectors added; backward gives the gradient of the latter. */
function recordValues(
  tape: Tape,
  name: string,
  x: Matrix,
  genes: Matrix,
  dropout: Dropout | null,
): Recorded<Matrix> {
  const first = recordLinear(tape, `${name}.0`, x, biased);
  const active = recordActivation(tape, 'relu', first.out);
  const second = recordLinear(tape, `${name}.1`, active.out, biased);
  const norm = recordNorm(tape, `${name}.norm`, second.out, LEARNT_EPSILON);
  const drop = recordDropout(tape, dropout, norm.out);
  const shift = recordTokenShift(tape, norm.out, genes);
  return {
    out: norm.out,
    backward(dOut) {
      const dGenes = shift(dOut);
      first.backward(active.backward(second.backward(norm.backward(drop(dOut)))));
      return dGenes;
    },
  };
}

interface RecordedFusion {
  readonly out: Matrix;
  readonly backward: (d: Matrix) => { readonly dState: Matrix; readonly dControl: Matrix };
}

/** Cell and control cell as one stream. */
function recordFusion(tape: Tape, state: Matrix, control: Matrix): RecordedFusion {
  const other = recordLinear(tape, 'fusion.control', control);
  const first = recordLinear(tape, 'fusion.0', state, { bias: true, addend: other.out });
  const active = recordActivation(tape, 'geluErf', first.out);
  const second = recordLinear(tape, 'fusion.1', active.out, biased);
  const norm = recordNorm(tape, 'fusion.norm', second.out, LEARNT_EPSILON);
  return {
    out: norm.out,
    backward(d) {
      const dSum = active.backward(second.backward(norm.backward(d)));
      return { dState: first.backward(dSum), dControl: other.backward(dSum) };
    },
  };
}

/** x + gate ∘ (norm(x) ∘ scale + shift), with the three vectors (shift, gate, scale) of every token. */
function recordGeneModulation(tape: Tape, name: string, x: Matrix, vectors: Matrix) {
  const { rows, columns: width } = x;
  const groups = { side: vectors.stride, every: 1, groups: vectors.rows, rows, columns: width };
  const [shift, gate, scale] = [0, 1, 2].map((k) => columnsOf(vectors, k * width, width).view);
  const norm = recordNorm(tape, `${name}.norm`, x, LEARNT_EPSILON);
  const [moved, out] = [tape.dense(rows, width), tape.dense(rows, width)];
  const call = tape.recorder.call.bind(tape.recorder);
  call('modulate', { x: norm.out.view, factor: scale, shift, base: 0, out: moved.view, ...groups });
  call('modulate', { x: moved.view, factor: gate, addend: x.view, base: 0, out: out.view, ...groups }); // prettier-ignore
  return {
    out,
    backward(dOut: Matrix, dVectors: Matrix): Matrix {
      const own = { ...groups, side: dVectors.stride };
      const [dShift, dGate, dScale] = [0, 1, 2].map(
        (k) => columnsOf(dVectors, k * width, width).view,
      );
      call('groupSums', { x: dOut.view, y: moved.view, out: dGate, ...own });
      const dMoved = tape.dense(rows, width);
      call('modulate', { x: dOut.view, factor: gate, base: 0, out: dMoved.view, ...groups });
      call('groupSums', { x: dMoved.view, y: norm.out.view, out: dScale, ...own });
      call('groupSums', { x: dMoved.view, out: dShift, ...own });
      const dNorm = tape.dense(rows, width);
      call('modulate', { x: dMoved.view, factor: scale, base: 0, out: dNorm.view, ...groups });
      return norm.backward(dNorm, dOut);
    },
  };
}

/** A map of [token; set] with the set's part computed once for each cell, and its activation. */
function recordWithSet(
  tape: Tape,
  name: string,
  x: Matrix,
  sets: Matrix,
  cellOf: View,
  tokens: number,
) {
  const { rows, columns: width } = x;
  const linear = recordLinear(tape, name, x, { addend: sets, rows: cellOf });
  const active = recordActivation(tape, 'leakyRelu', linear.out);
  return {
    out: active.out,
    backward(dOut: Matrix, dSets: Matrix): Matrix {
      const d = active.backward(dOut);
      const groups = { side: dSets.stride, every: tokens, groups: dSets.rows };
      const sums = { ...groups, rows, columns: width };
      tape.recorder.call('groupSums', { x: d.view, out: dSets.view, ...sums });
      return linear.backward(d);
    },
  };
}

function recordAdapter(
  tape: Tape,
  name: string,
  x: Matrix,
  sets: Matrix,
  cellOf: View,
  tokens: number,
  dropout: Dropout | null,
) {
  const first = recordWithSet(tape, `${name}.0`, x, sets, cellOf, tokens);
  const drop = recordDropout(tape, dropout, first.out);
  const second = recordLinear(tape, `${name}.1`, first.out, biased);
  const active = recordActivation(tape, 'leakyRelu', second.out);
  return {
    out: active.out,
    backward: (dOut: Matrix, dSets: Matrix): Matrix =>
      first.backward(drop(second.backward(active.backward(dOut))), dSets),
  };
}

/** One number per token. */
function recordOutput(tape: Tape, x: Matrix, sets: Matrix, cellOf: View, tokens: number) {
  const first = recordWithSet(tape, 'output.0', x, sets, cellOf, tokens);
  const second = recordLinear(tape, 'output.1', first.out, biased);
  const active = recordActivation(tape, 'leakyRelu', second.out);
  const last = recordLinear(tape, 'output.2', active.out, biased);
  return {
    out: last.out,
    backward: (dOut: Matrix, dSets: Matrix): Matrix =>
      first.backward(second.backward(active.backward(last.backward(dOut))), dSets),
  };
}
