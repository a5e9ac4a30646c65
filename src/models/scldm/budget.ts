/** @file How many steps fit into the minutes that a person grants, by measured speed. */

/** Share of the time for the autoencoder's steps, for the flow's, the rest being checks, encoding and previews. */
const AUTOENCODER_SHARE = 0.42;
const FLOW_SHARE = 0.5;

/** Fewer steps teach nothing worth keeping. */
const LEAST_STEPS = 40;

/** Steps of both stages. */
export interface StepBudget {
  readonly autoencoderSteps: number;
  readonly flowSteps: number;
}

/** Steps for so many minutes. @param stepMs measured milliseconds of one step of each stage @param most steps beyond which nothing is gained */
export function stepsFor(
  minutes: number,
  stepMs: { readonly autoencoder: number; readonly flow: number },
  most: StepBudget,
): StepBudget {
  const steps = (share: number, ms: number, limit: number): number =>
    Math.max(LEAST_STEPS, Math.min(limit, Math.floor((minutes * 60_000 * share) / ms)));
  return {
    autoencoderSteps: steps(AUTOENCODER_SHARE, stepMs.autoencoder, most.autoencoderSteps),
    flowSteps: steps(FLOW_SHARE, stepMs.flow, most.flowSteps),
  };
}
