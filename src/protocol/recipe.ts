/** @file Numbers of the recommended recipe that the page needs to know before a model exists. */

/**
 * Flow steps for a number of training cells: 12,000 from 1,500 cells on, fewer for small data.
 *
 * Source: methods/cfgen §10 part 6; the scaling below 1,500 cells was measured on the demo (docs/decisions.md).
 */
export function defaultFlowSteps(cells: number): number {
  return Math.round(Math.min(12_000, Math.max(2_000, cells * 8)) / 100) * 100;
}
