/** @file The nearest-neighbour classifier behind the hit meter: what a cell looks like, by its nearest training cells. */
import type { Neighbours } from './knn.ts';

/**
 * The category of each row by majority among its neighbours. Neighbours without a category (code −1) do not vote; of categories with equally
 * many votes the one whose voters are nearer on average wins, then the lower code. −1 where nobody votes.
 *
 * @param codes category of each reference cell
 */
export function classify(neighbours: Neighbours, codes: Int32Array): Int32Array {
  const { rows, k, indices, distances } = neighbours;
  const result = new Int32Array(rows).fill(-1);
  const top = codes.reduce((most, code) => Math.max(most, code), -1);
  const votes = new Int32Array(top + 1);
  const sums = new Float64Array(top + 1);
  for (let i = 0; i < rows; i++) {
    votes.fill(0);
    sums.fill(0);
    for (let at = i * k; at < (i + 1) * k; at++) {
      const code = indices[at] >= 0 ? codes[indices[at]] : -1;
      if (code < 0) continue;
      votes[code]++;
      sums[code] += distances[at];
    }
    let best = -1;
    for (let code = 0; code <= top; code++) {
      if (votes[code] === 0) continue;
      const more = best < 0 || votes[code] > votes[best];
      const nearer = best >= 0 && votes[code] === votes[best] && sums[code] < sums[best];
      if (more || nearer) best = code;
    }
    result[i] = best;
  }
  return result;
}

/**
 * How sure the classifier is of what was asked: share of each row's voters that have the asked category, lowered into `shares` (which keeps
 * the least over several attributes). Rows for which nothing was asked, or without voters, stay as they are.
 */
export function lowerToVotes(
  shares: Float32Array,
  neighbours: Neighbours,
  codes: Int32Array,
  asked: Int32Array,
): void {
  const { rows, k, indices } = neighbours;
  for (let i = 0; i < rows; i++) {
    if (asked[i] < 0) continue;
    let voters = 0;
    let votes = 0;
    for (let at = i * k; at < (i + 1) * k; at++) {
      const code = indices[at] >= 0 ? codes[indices[at]] : -1;
      if (code < 0) continue;
      voters++;
      if (code === asked[i]) votes++;
    }
    if (voters > 0 && !(shares[i] <= votes / voters)) shares[i] = votes / voters;
  }
}

/** Share of cells recognised as what was asked, over the cells for which something was asked (code ≥ 0); null if there are none. */
export function shareOfHits(recognised: Int32Array, asked: Int32Array): number | null {
  let count = 0;
  let hits = 0;
  asked.forEach((code, i) => {
    if (code < 0) return;
    count++;
    if (recognised[i] === code) hits++;
  });
  return count > 0 ? hits / count : null;
}
