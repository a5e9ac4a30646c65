/** @file A set of perturbations as weights of learnt tokens; the order of its members cannot matter, since weights are added. */

/** A member as weights of learnt tokens: itself, or the mean of the tokens that stand in for one never seen. */
export type MemberWeights = readonly (readonly [token: number, weight: number])[];

/**
 * Weights of the tokens [members + 1]; the last one is the control token.
 *
 * `sum` (fast): the members' tokens added to the control token. `mean` (pad-lite): the mean over as many places as there are members, two
 * at least, the rest of which hold the control token: a single is half itself and half control. Source: methods/scdfm §1.5.
 */
export function setWeights(
  set: readonly MemberWeights[],
  members: number,
  rule: 'sum' | 'mean',
): Float32Array {
  const weights = new Float32Array(members + 1);
  const places = rule === 'sum' ? 1 : Math.max(2, set.length);
  weights[members] = rule === 'sum' ? 1 : (places - set.length) / places;
  for (const member of set) {
    for (const [token, weight] of member) weights[token] += weight / places;
  }
  return weights;
}
