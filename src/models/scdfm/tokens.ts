/** @file Which learnt tokens stand for a perturbation, seen or not. */
import { StudioError } from '../../protocol/errors.ts';
import type { ScreenInfo } from '../../protocol/perturb.ts';
import { membersOf } from '../../protocol/screen-labels.ts';
import { neighboursOf } from './graph.ts';
import { setWeights, type MemberWeights } from './sets.ts';
import type { VelocityShape } from './shapes.ts';

/** A screen's members as tokens. */
export class MemberTokens {
  readonly #screen: Pick<ScreenInfo, 'members' | 'seenMembers' | 'graph' | 'control' | 'separator'>;
  readonly #genes: readonly string[];
  readonly #shape: VelocityShape;
  readonly #reach: number;

  /** @param reach what perturbations never seen do of what their neighbours do (fast) */
  constructor(
    screen: Pick<ScreenInfo, 'members' | 'seenMembers' | 'graph' | 'control' | 'separator'>,
    genes: readonly string[],
    shape: VelocityShape,
    reach = 1,
  ) {
    this.#screen = screen;
    this.#genes = genes;
    this.#shape = shape;
    this.#reach = reach;
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

  #member(name: string): MemberWeights {
    const { members, seenMembers } = this.#screen;
    const at = members.indexOf(name);
    if (at < 0) throw unknown(name);
    if (this.#shape.tier === 'pad-lite') return [[padToken(name, members, this.#genes), 1]];
    if (at < seenMembers) return [[at, 1]];
    const near = seenNeighbours(name, this.#screen, this.#genes);
    if (near.length === 0) throw unknown(name);
    return near.map((token) => [token, this.#reach / near.length] as const);
  }
}

/** Token of a perturbation in pad-lite: its gene's, or, behind all genes, one of its own. */
function padToken(name: string, members: readonly string[], genes: readonly string[]): number {
  const gene = genes.indexOf(name);
  if (gene >= 0) return gene;
  const known = new Set(genes);
  return genes.length + members.filter((own) => !known.has(own)).indexOf(name);
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
 * made so that singles and pairs get their members' shifts and the control token's added up; members never seen get their neighbours'.
 *
 * @param shifts [seen + 1, dims], the control token's last
 * @returns [tokens, dims]
 */
export function shiftsOfTokens(
  screen: Pick<ScreenInfo, 'members' | 'seenMembers' | 'graph'>,
  genes: readonly string[],
  shape: VelocityShape,
  reach: number,
  shifts: Float32Array,
): Float32Array {
  if (shape.tier === 'fast') return shifts;
  const { members, seenMembers: seen } = screen;
  const { dims } = shape;
  const rows = new Float32Array((shape.members + 1) * dims);
  const control = shifts.subarray(seen * dims);
  for (let token = 0; token <= shape.members; token++) rows.set(control, token * dims);
  members.forEach((name, member) => {
    const near = member < seen ? [member] : seenNeighbours(name, screen, genes);
    const factor = (2 * (member < seen ? 1 : reach)) / Math.max(1, near.length);
    const at = padToken(name, members, genes) * dims;
    for (const other of near) {
      for (let d = 0; d < dims; d++) rows[at + d] += factor * shifts[other * dims + d];
    }
  });
  return rows;
}

/** So many members that do half of what their neighbours do stand beside those that were seen. */
const PRIOR_MEMBERS = 3;
const PRIOR_REACH = 0.5;

/**
 * How much of what the neighbours in the graph do on average a perturbation does itself: the factor that brings the neighbours' mean changes
 * nearest to the own ones of seen perturbations, drawn towards a half where few of them have neighbours; 0 to 1.
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
): number {
  const dims = sd.length;
  const known = { members: seen, seenMembers: seen.length, graph };
  let [count, product, squares] = [0, 0, 0];
  seen.forEach((name, member) => {
    const near = seenNeighbours(name, known, genes);
    if (near.length === 0) return;
    count++;
    for (let d = 0; d < dims; d++) {
      const sum = near.reduce((all, token) => all + shifts[token * dims + d], 0);
      const mean = (sd[d] * sum) / near.length;
      product += mean * sd[d] * shifts[member * dims + d];
      squares += mean * mean;
    }
  });
  if (squares === 0) return PRIOR_REACH;
  const prior = (PRIOR_MEMBERS * squares) / count;
  return Math.min(1, Math.max(0, (product + PRIOR_REACH * prior) / (squares + prior)));
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
