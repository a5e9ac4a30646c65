/** @file Solvers for dx/dt = v(t, x) over any kind of state: plain arrays here, tensors on a GPU elsewhere. */

export { dopri5 } from './dopri5.ts';
export type { Dopri5Attempt, Dopri5Options, Dopri5Result } from './dopri5.ts';
export { fixedStep } from './fixed-step.ts';
export type { FixedStepOptions, FixedStepResult, StepOptions } from './fixed-step.ts';
export { adamsBashforth } from './multistep.ts';
export { float64Space } from './vector-space.ts';
export type { Field, Term, VectorSpace } from './vector-space.ts';
