/** @file What the simple rules beside a prediction are called, in figures, sentences and reports alike. */
import type { Predictor } from './perturb.ts';

/** Names of the rules and of the floor, in the order in which they are told. */
export const ruleNames: Readonly<Record<Exclude<Predictor, 'model'>, string>> = {
  control: 'control as it is',
  'mean-change': 'mean change',
  additive: 'sum of own changes',
  nearest: 'nearest perturbation',
  linear: 'linear model',
  'other-contexts': 'change in other contexts',
  floor: 'half of the real cells',
};
