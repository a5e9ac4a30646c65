/** @file The guided velocity of many cells at one time: either tier's network in a guided field. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { matrix } from '../../../engine/plan/layers.ts';
import { GuidedField } from '../../flow/guided-field.ts';
import type { NetworkWeights } from '../../tape/tape.ts';
import type { VelocityShape } from '../shapes.ts';
import type { SeenTokens } from './gene-encoder.ts';
import { recordNetwork, rowsAtOnce } from './network.ts';

/** A guided question, taken apart into distinct conditions and branches. */
export interface ScreenConditions {
  readonly cells: number;
  readonly branches: number;
  /** Weights of tokens of each condition, [conditions, members + 1]. */
  readonly sets: Float32Array;
  /** Shown category of each condition per attribute beside the perturbation; −1: not shown. */
  readonly contexts: readonly (readonly number[])[];
  /** What is known of sets in their contexts beyond their members' shifts, [conditions, dims]; null: nothing. */
  readonly beyond: Float32Array | null;
  readonly count: number;
  /** Condition of each row, and its share in its cell's velocity, branch after branch, [branches · cells]. */
  readonly conditionOf: Uint32Array;
  readonly coefficients: Float32Array;
  /** Control cells beside the cells, [cells, dims]; null for networks that do not see them. */
  readonly controls: Float32Array | null;
  /** Tokens that each token sees (pad-lite). */
  readonly seen: SeenTokens;
}

/** The field of one request; holds memory until disposed. */
export class FieldPlan extends GuidedField {
  constructor(
    device: ComputeDevice,
    weights: NetworkWeights,
    shape: VelocityShape,
    asked: ScreenConditions,
  ) {
    const { cells, branches, count, conditionOf, coefficients, contexts, controls, sets } = asked;
    const { dims } = shape;
    const together = Math.max(4, Math.floor(rowsAtOnce(shape, device.kind) / branches));
    const question = { cells, branches, dims, count, conditionOf, coefficients, together };
    super(device, weights, question, (tape, times) => {
      const { pool } = tape;
      const network = recordNetwork(tape, shape, asked.seen);
      const weightsOfSets = matrix(pool.fixed(sets.length), count, shape.members + 1);
      device.write(weightsOfSets.view, sets);
      const known = asked.beyond === null ? null : matrix(pool.fixed(count * dims), count, dims);
      if (known !== null && asked.beyond !== null) device.write(known.view, asked.beyond);
      const codes = shape.contexts.map((nothing, k) =>
        pool.words(contexts.map((own) => (own[k] < 0 ? nothing : own[k]))),
      );
      const beside = controls === null ? null : matrix(pool.fixed(cells * dims), cells, dims);
      if (beside !== null && controls !== null) device.write(beside.view, controls);
      return {
        conditions: network.condition({ count, times, sets: weightsOfSets, codes, beyond: known })
          .out,
        velocity: (x, own, repeat) =>
          network.velocity(x, beside === null ? null : repeat(beside), own).out,
      };
    });
  }
}
