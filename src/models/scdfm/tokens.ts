/** @file Which learnt tokens stand for a perturbation, seen or not. */
import { StudioError } from '../../protocol/errors.ts';
import type { ScreenInfo } from '../../protocol/perturb.ts';
import { membersOf } from '../../protocol/screen-labels.ts';
import { neighboursOf } from './graph.ts';
import { setWeights, type MemberWeights } from './sets.ts';
import type { VelocityShape } from './shapes.ts';

/** What perturbations never seen do. */
export interface Reach {
  /** Of what their neighbours in the graph do on average. */
  readonly near: number;
  /** Of what all seen perturbations do on average; added to it, and below 0 where the neighbours' part holds too much of that. */
  readonly mean: number;
}

/** Neighbours' effects as they are: what stood in models of an older recipe. */
const WHOLE: Reach = { near: 1, mean: 0 };

/** A screen's members as tokens. */
export class MemberTokens {
  readonly #screen: Pick<ScreenInfo, 'members' | 'seenMembers' | 'graph' | 'control' | 'separator'>;
  readonly #genes: readonly string[];
  readonly #shape: VelocityShape;
  readonly #reach: Reach;
  readonly #contextShifts: Float32Array | null;

  /**
   * @param reach what perturbations never seen do
   * @param contextShifts what seen members change in each context beyond their mean change, [contexts · seen, dims] (pad-lite)
   */
  constructor(
    screen: Pick<ScreenInfo, 'members' | 'seenMembers' | 'graph' | 'control' | 'separator'>,
    genes: readonly string[],
    shape: VelocityShape,
    reach = WHOLE,
    contextShifts: Float32Array | null = null,
  ) {
    this.#screen = screen;
    this.#genes = genes;
    this.#shape = shape;
    this.#reach = reach;
    this.#contextShifts = contextShifts;
  }

  /** Weights of the tokens of a set, [members + 1]. Error: bad-request for a perturbation that neither training nor the graph knows. */
  weights(members: readonly string[]): Float32Array {
    const set = members.map((member) => this.#member(member));
    return setWeights(set, this.#shape.members, this.#shape.tier === 'fast' ? 'sum' : 'mean');
  }

  /** The same of a value of the perturbation column. */
  ofLabel(label: string): Float32Array {
    return this.weights(membersOf(label, this.#screen));
  }

  /** What a set changes in a context beyond its members' mean changes, [dims]; null where nothing is known. */
  beyond(members: readonly string[], context: number): Float32Array | null {
    const known = this.#contextShifts;
    if (known === null || context < 0) return null;
    const { dims } = this.#shape;
    const seen = this.#screen.seenMembers;
    const sum = new Float32Array(dims);
    for (const member of members) {
      for (const [other, weight] of seenWeights(member, this.#screen, this.#genes, this.#reach)) {
        const at = (context * seen + other) * dims;
        for (let d = 0; d < dims; d++) sum[d] += weight * known[at + d];
      }
    }
    return sum;
  }

  /** The same of a value of the perturbation column. */
  beyondOfLabel(label: string, context: number): Float32Array | null {
    return this.beyond(membersOf(label, this.#screen), context);
  }

  #member(name: string): MemberWeights {
    const { members, seenMembers } = this.#screen;
    const at = members.indexOf(name);
    if (at < 0) throw unknown(name);
    if (this.#shape.tier === 'pad-lite') return [[padToken(name, members, this.#genes), 1]];
    if (at < seenMembers) return [[at, 1]];
    const near = seenNeighbours(name, this.#screen, this.#genes);
    if (near.length === 0) throw unknown(name);
    return reachedWeights(near, seenMembers, this.#reach);
  }
}

/** Token of a perturbation in pad-lite: its gene's, or, behind all genes, one of its own. */
function padToken(name: string, members: readonly string[], genes: readonly string[]): number {
  const gene = genes.indexOf(name);
  if (gene >= 0) return gene;
  const known = new Set(genes);
  return genes.length + members.filter((own) => !known.has(own)).indexOf(name);
}

/** Seen members whose effects a perturbation never seen has shares of. */
function reachedWeights(near: readonly number[], seen: number, reach: Reach): MemberWeights {
  return Array.from({ length: seen }, (_, token) => {
    const isNear = near.includes(token);
    return [token, reach.mean / seen + (isNear ? reach.near / near.length : 0)] as const;
  }).filter(([, weight]) => weight !== 0);
}

/** A member as shares of the seen ones: itself, or what is known of those never seen. */
function seenWeights(
  name: string,
  screen: Pick<ScreenInfo, 'members' | 'seenMembers' | 'graph'>,
  genes: readonly string[],
  reach: Reach,
): MemberWeights {
  const member = screen.members.indexOf(name);
  if (member >= 0 && member < screen.seenMembers) return [[member, 1]];
  return reachedWeights(seenNeighbours(name, screen, genes), screen.seenMembers, reach);
}

/** Seen members next to a gene in the graph. */
function seenNeighbours(
  name: string,
  { members, seenMembers, graph }: Pick<ScreenInfo, 'members' | 'seenMembers' | 'graph'>,
  genes: readonly string[],
): number[] {
  const gene = genes.indexOf(name);
  if (gene < 0) return [];
  const seen = members.slice(0, seenMembers);
  const near = neighboursOf(graph, genes.length)[gene];
  return near.map((other) => seen.indexOf(genes[other])).filter((token) => token >= 0);
}

/**
 * Shifts of members as rows of a network's tokens. In pad-lite, where a single's weights are a half of itself and a half of control, rows are
 * made so that singles and pairs get their members' shifts and the control token's added up; members never seen get shares of those seen.
 *
 * @param shifts [seen + 1, dims], the control token's last
 * @returns [tokens, dims]
 */
export function shiftsOfTokens(
  screen: Pick<ScreenInfo, 'members' | 'seenMembers' | 'graph'>,
  genes: readonly string[],
  shape: VelocityShape,
  reach: Reach,
  shifts: Float32Array,
): Float32Array {
  if (shape.tier === 'fast') return shifts;
  const { members, seenMembers: seen } = screen;
  const { dims } = shape;
  const rows = new Float32Array((shape.members + 1) * dims);
  const control = shifts.subarray(seen * dims);
  for (let token = 0; token <= shape.members; token++) rows.set(control, token * dims);
  members.forEach((name) => {
    const weights = seenWeights(name, screen, genes, reach);
    const at = padToken(name, members, genes) * dims;
    for (const [other, weight] of weights) {
      for (let d = 0; d < dims; d++) rows[at + d] += 2 * weight * shifts[other * dims + d];
    }
  });
  return rows;
}

/** So many members that do half of what their neighbours do, beside the mean of all, stand beside those that were seen. */
const PRIOR_MEMBERS = 3;
const PRIOR_NEAR = 0.5;

/**
 * How much of what all others do on average, and of what the neighbours in the graph do beyond that, a perturbation does itself: the factors,
 * 0 to 1, that bring them nearest to the own mean change of every seen perturbation, each left out in turn; where few have neighbours,
 * theirs is drawn towards a half. As shares of neighbours and of all.
 *
 * @param shifts mean changes in whitened states, [seen + 1, dims]
 * @param sd of the states before they were whitened, [dims]
 */
export function reachOf(
  seen: readonly string[],
  shifts: Float32Array,
  sd: Float32Array,
  genes: readonly string[],
  graph: readonly number[],
): Reach {
  const dims = sd.length;
  const known = { members: seen, seenMembers: seen.length, graph };
  const own = seen.map((_, member) => sd.map((scale, d) => scale * shifts[member * dims + d]));
  const meanOf = (some: readonly number[]): Float64Array =>
    Float64Array.from(sd, (_, d) => some.reduce((sum, m) => sum + own[m][d] / some.length, 0));
  const others = seen.map((_, member) =>
    meanOf(seen.flatMap((_, other) => (other === member ? [] : [other]))),
  );
  const mean =
    seen.length < 2
      ? 0
      : share(
          others.map((all, m) => [all, own[m]] as const),
          0,
          0,
        );
  const beyond = seen.flatMap((name, member) => {
    const near = seenNeighbours(name, known, genes);
    if (near.length === 0) return [];
    const about = seen.length < 2 ? new Float64Array(dims) : others[member];
    const ahead = meanOf(near).map((value, d) => value - about[d]);
    const rest = Float64Array.from(own[member], (value, d) => value - mean * about[d]);
    return [[ahead, rest] as const];
  });
  const near = beyond.length === 0 ? PRIOR_NEAR : share(beyond, PRIOR_MEMBERS, PRIOR_NEAR);
  return { near, mean: mean - near };
}

/** The factor of firsts that is nearest to seconds, with some pairs beside them that say `prior`; 0 to 1. */
function share(
  pairs: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[],
  priorPairs: number,
  prior: number,
): number {
  let [product, squares] = [0, 0];
  for (const [first, second] of pairs) {
    for (let d = 0; d < first.length; d++) {
      product += first[d] * second[d];
      squares += first[d] ** 2;
    }
  }
  if (squares === 0) return prior;
  const beside = (priorPairs * squares) / pairs.length;
  return Math.min(1, Math.max(0, (product + prior * beside) / (squares + beside)));
}

/** Members that can be asked for: those seen, then genes that the graph joins to one of them (fast) or to any gene (pad-lite). */
export function reachableMembers(
  seen: readonly string[],
  genes: readonly string[],
  graph: readonly number[],
  tier: VelocityShape['tier'],
): string[] {
  const known = new Set(seen);
  const near = neighboursOf(graph, genes.length);
  const isReached = (g: number): boolean =>
    tier === 'fast' ? near[g].some((other) => known.has(genes[other])) : near[g].length > 0;
  return [...seen, ...genes.filter((name, g) => !known.has(name) && isReached(g))];
}

function unknown(name: string): StudioError {
  return new StudioError(
    'bad-request',
    `The model does not know the perturbation ${name}.`,
    'It was not among the training cells, and the gene graph does not join it to one that was. Choose another, or train with edges of your own.',
    { perturbation: name },
  );
}
