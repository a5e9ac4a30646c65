/** @file The guided velocity of many cells at one time: the denoiser in a guided field. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { GuidedConditions } from '../../flow/guided-conditions.ts';
import { GuidedField } from '../../flow/guided-field.ts';
import { denoiserTokens, flowDims, type DenoiserShape } from '../shapes.ts';
import { recordDenoiser, recordModulation } from './denoiser.ts';
import type { NetworkWeights } from '../../tape/tape.ts';

/** Tokens that pass the network at once. */
const TOKENS_AT_ONCE = { cpu: 2_048, webgpu: 32_768 } as const;

/** The field of one request; holds memory until disposed. */
export class FieldPlan extends GuidedField {
  constructor(
    device: ComputeDevice,
    weights: NetworkWeights,
    shape: DenoiserShape,
    guided: GuidedConditions,
  ) {
    const { cells, branches, conditions, conditionOf, coefficients, lastVelocity } = guided;
    const atOnce = TOKENS_AT_ONCE[device.kind] / denoiserTokens(shape) / branches;
    const question = {
      cells,
      branches,
      dims: flowDims(shape),
      count: conditions.length,
      conditionOf,
      coefficients,
      together: Math.max(8, Math.floor(atOnce)),
    };
    super(device, weights, question, (tape, times) => {
      const { pool, recorder } = tape;
      const codes = shape.categories.map((nothing, a) =>
        pool.words(conditions.map((own) => (own[a] < 0 ? nothing : own[a]))),
      );
      return {
        conditions: recordModulation(tape, shape, { count: conditions.length, times, codes }).out,
        velocity: (x, own) => recordDenoiser(tape, shape, x, own).velocity,
        finish(out, from, rows) {
          if (lastVelocity === null) return;
          const values = pool.fixed(rows);
          device.write(values, lastVelocity.subarray(from, from + rows));
          recorder.call('setLastColumn', { x: out.view, values, rows, columns: out.columns });
        },
      };
    });
  }
}
