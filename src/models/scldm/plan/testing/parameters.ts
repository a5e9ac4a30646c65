/** @file How many numbers the networks of tests learn. */
import type { ArraySpec } from '../../../../engine/plan/parameter-arena.ts';
import { denoiserTokens, type DenoiserShape } from '../../shapes.ts';
import { denoiserSpecs } from '../denoiser-arrays.ts';

/** Learnable numbers of some arrays. */
export function countParameters(specs: readonly ArraySpec[]): number {
  return specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Learnable numbers of a velocity transformer and its frozen positions, as the original counts them. */
export function denoiserParameters(shape: DenoiserShape): number {
  return countParameters(denoiserSpecs(shape)) + denoiserTokens(shape) * shape.width;
}
