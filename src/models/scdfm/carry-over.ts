/**
 * @file A perturbation in a context where training never saw it: the velocity is that of contexts where it did, those with the most similar
 * control cells counting most. Cells still begin at control cells of their own context.
 */
import { keyOfMembers, membersOf } from '../../protocol/screen-labels.ts';
import { NEAR_CONTEXTS } from './config.ts';
import type { ScdfmModel, StateArrays } from './model.ts';

/** Contexts with less than this part of the largest share are left out. */
const LEAST_SHARE = 0.02;

/** A context's share in another one's velocity. */
export type ContextShare = readonly [context: number, share: number];

/** Which contexts stand in for which. */
export class CarryOver {
  /** Contexts with training cells, by set. */
  readonly #seen = new Map<string, Set<number>>();
  /** Mean state of the kept control cells by context, not whitened. */
  readonly #means = new Map<number, Float64Array>();
  readonly #isUsed: boolean;

  /** Models without offsets by context, which are of an older recipe or of another tier, carry nothing over. */
  constructor(model: ScdfmModel, arrays: StateArrays) {
    const { attributes, combinations, screen, whitening } = model;
    const at = attributes.findIndex(({ name }) => name === screen.attribute);
    const context = attributes.findIndex(({ name }) => name === screen.context);
    this.#isUsed = context >= 0 && arrays.contextOffset !== null;
    if (!this.#isUsed) return;
    for (const { codes, cells } of combinations) {
      if (codes[at] < 0 || codes[context] < 0 || cells === 0) continue;
      const key = keyOfMembers(membersOf(attributes[at].categories[codes[at]], screen));
      const own = this.#seen.get(key) ?? new Set<number>();
      this.#seen.set(key, own.add(codes[context]));
    }
    const dims = whitening.sd.length;
    const counts = new Map<number, number>();
    arrays.controlCells.forEach((_, cell) => {
      const code = arrays.controlCodes[cell * attributes.length + context];
      if (code < 0) return;
      counts.set(code, (counts.get(code) ?? 0) + 1);
      const sum = this.#means.get(code) ?? new Float64Array(dims);
      for (let d = 0; d < dims; d++) sum[d] += arrays.controls[cell * dims + d] * whitening.sd[d];
      this.#means.set(code, sum);
    });
    for (const [code, sum] of this.#means) {
      const n = counts.get(code) as number;
      sum.forEach((value, d) => (sum[d] = value / n));
    }
  }

  /** Whether a set was seen elsewhere, but not in this context. */
  isCarried(members: readonly string[], context: number): boolean {
    return this.shares(members, context).length > 0;
  }

  /** Shares of the contexts that stand in, sum 1; empty where nothing has to be carried over, or cannot be. */
  shares(members: readonly string[], context: number): readonly ContextShare[] {
    if (!this.#isUsed || context < 0 || members.length === 0) return [];
    const seen = this.#seen.get(keyOfMembers(members));
    const own = this.#means.get(context);
    if (seen === undefined || seen.has(context) || own === undefined) return [];
    const near = [...seen]
      .flatMap((code) => {
        const mean = this.#means.get(code);
        return mean === undefined ? [] : [{ code, squared: squaredDistance(own, mean) }];
      })
      .sort((a, b) => a.squared - b.squared);
    if (near.length === 0) return [];
    const middle = near[near.length >> 1].squared;
    const scale = Math.max(2 * NEAR_CONTEXTS.width * middle, 1e-12);
    const used = near.slice(0, NEAR_CONTEXTS.most).map(({ code, squared }) => ({
      code,
      weight: Math.exp((near[0].squared - squared) / scale),
    }));
    const most = Math.max(...used.map(({ weight }) => weight));
    const felt = used.filter(({ weight }) => weight >= LEAST_SHARE * most);
    const total = felt.reduce((sum, { weight }) => sum + weight, 0);
    return felt.map(({ code, weight }) => [code, weight / total] as const);
  }
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, d) => sum + (value - b[d]) ** 2, 0);
}
