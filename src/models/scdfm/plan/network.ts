/** @file What a velocity network is to those who train and use it, whichever tier it is of. */
import type { View } from '../../../engine/kernels/list.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import type { Matrix } from '../../../engine/plan/layers.ts';
import type { ArraySpec } from '../../../engine/plan/parameter-arena.ts';
import type { Random } from '../../../numerics/random.ts';
import type { Tape } from '../../tape/tape.ts';
import type { VelocityShape } from '../shapes.ts';
import { fastSpecs, initialFast } from './fast-arrays.ts';
import { recordFastCondition, recordFastVelocity } from './fast-network.ts';
import type { Dropout } from './dropout.ts';
import type { SeenTokens } from './gene-encoder.ts';
import { initialPad, padSpecs } from './pad-arrays.ts';
import { recordPadNetwork } from './pad-network.ts';

/** Where conditions stand: wide times, weights of tokens, and the label row of every attribute beside the perturbation. */
export interface ConditionPlaces {
  readonly count: number;
  readonly times: View;
  /** [count, members + 1] */
  readonly sets: Matrix;
  readonly codes: readonly View[];
  /** What is known of sets in their contexts beyond their members' shifts, [count, dims] (pad-lite with shifts); null: nothing. */
  readonly beyond: Matrix | null;
}

/** Something recorded that takes the gradient of its result and gives it on. */
export interface Recorded<Gradient> {
  readonly out: Matrix;
  readonly backward: (dOut: Matrix) => Gradient;
}

/** A network on a tape, recorded in three parts: what is the same for all cells, what conditions give, what cells go through. */
export interface RecordedNetwork {
  condition(places: ConditionPlaces): Recorded<void>;
  /** Velocities of cells with their conditions' rows and the control cells beside them (not read by every network). */
  velocity(x: Matrix, controls: Matrix | null, conditions: Matrix): Recorded<Matrix>;
  /** Gradients of what is the same for all cells, once all others are recorded. */
  finish(): void;
}

/** How many rows pass the network at once when sampling. */
export function rowsAtOnce(shape: VelocityShape, kind: 'cpu' | 'webgpu'): number {
  if (shape.tier === 'fast') return kind === 'cpu' ? 512 : 4_096;
  return Math.max(1, Math.floor((kind === 'cpu' ? 4_096 : 32_768) / shape.dims));
}

/** Begins a network. @param seen tokens that each token sees (pad-lite) @param dropout what is dropped (pad-lite, in training) */
export function recordNetwork(
  tape: Tape,
  shape: VelocityShape,
  seen: SeenTokens,
  dropout: Dropout | null = null,
): RecordedNetwork {
  if (shape.tier === 'pad-lite') return recordPadNetwork(tape, shape, seen, dropout);
  return {
    condition: (places) => recordFastCondition(tape, shape, places),
    velocity: (x, _, conditions) => recordFastVelocity(tape, shape, x, conditions),
    finish: () => undefined,
  };
}

/** All learnable arrays of a network. */
export function networkSpecs(shape: VelocityShape): ArraySpec[] {
  return shape.tier === 'fast' ? fastSpecs(shape) : padSpecs(shape);
}

/**
 * Values of an untrained network.
 *
 * @param shifts what each token adds to the velocity before training, [members + 1, dims]
 * @param tokens standard deviation of the perturbations' tokens (fast)
 */
export function initialNetwork(
  shape: VelocityShape,
  random: Random,
  shifts: Float32Array | null = null,
  tokens = 1,
): NamedArray[] {
  if (shape.tier === 'pad-lite') return initialPad(shape, random, shifts);
  return initialFast(shape, random, shifts, tokens);
}
