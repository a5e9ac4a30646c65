/** @file How many steps fit into the minutes that a person grants, by measured speed. */

/** Share of the time for steps, the rest being checks, encoding and previews. */
const STEP_SHARE = 0.88;

/** A full training is enough, as the page tells before it begins; what more of it gains was not measured. */
const MOST = 1;

/** Fewer steps teach nothing worth keeping. */
const LEAST_STEPS = 40;

/** Steps of both stages. */
export interface StepBudget {
  readonly autoencoderSteps: number;
  readonly flowSteps: number;
}

/** Steps for so many minutes: both stages shortened alike where a full training takes longer. @param stepMs measured milliseconds of one step of each stage @param full steps of a full training */
export function stepsFor(
  minutes: number,
  stepMs: { readonly autoencoder: number; readonly flow: number },
  full: StepBudget,
): StepBudget {
  const fullMs = full.autoencoderSteps * stepMs.autoencoder + full.flowSteps * stepMs.flow;
  const share = Math.min(MOST, (minutes * 60_000 * STEP_SHARE) / fullMs);
  const steps = (count: number): number => Math.max(LEAST_STEPS, Math.floor(count * share));
  return {
    autoencoderSteps: steps(full.autoencoderSteps),
    flowSteps: steps(full.flowSteps),
  };
}
