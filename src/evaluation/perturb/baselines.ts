/**
 * @file What simple rules say about a set of perturbations: control cells moved by a change that is looked up, averaged or added.
 *
 * Ahlmann-Eltze, Huber and Anders (Nature Methods 2025): rules like these were not beaten by large models.
 */
import { columnMoments } from '../../maps/log-counts.ts';
import { selectColumns, selectRows, transposeCsr } from '../../numerics/csr.ts';
import type { PerturbBaseline } from '../../protocol/perturb.ts';
import { keyOfMembers } from '../../protocol/screen-labels.ts';
import { meanRows } from './means.ts';
import { correlation } from './change-metrics.ts';
import { linearChange } from './linear-baseline.ts';
import type { PreparedScreen } from './screen.ts';

/** Mean change of log expression that training cells show for one set in one context. */
export interface KnownChange {
  readonly key: string;
  readonly members: readonly string[];
  readonly context: string;
  /** The smaller of perturbed and control cells. */
  readonly weight: number;
  /** [genes] */
  readonly change: Float64Array;
}

/** Fewer perturbed training cells than this show nothing. */
const LEAST_CELLS = 3;

const kept = new WeakMap<PreparedScreen, readonly KnownChange[]>();

/** Changes that training cells show, against the controls that predictions start from. Remembered. */
export function knownChanges(screen: PreparedScreen): readonly KnownChange[] {
  const known = kept.get(screen) ?? findChanges(screen);
  kept.set(screen, known);
  return known;
}

function findChanges(screen: PreparedScreen): KnownChange[] {
  return screen.contexts.flatMap((context) => {
    const { start } = screen.controls(context);
    if (start.length === 0) return [];
    const control = meanRows(screen.logs, start);
    return screen.sets.slice(1).flatMap(({ key, members }) => {
      const rows = screen.rows(key, context, 'training');
      if (rows.length < LEAST_CELLS) return [];
      const change = meanRows(screen.logs, rows).map((mean, g) => mean - control[g]);
      return [{ key, members, context, weight: Math.min(rows.length, start.length), change }];
    });
  });
}

/** Mean of changes, weighted by their cells; null without any. */
function meanChangeOf(changes: readonly KnownChange[], byCells: boolean): Float64Array | null {
  if (changes.length === 0) return null;
  const total = changes.reduce((sum, { weight }) => sum + (byCells ? weight : 1), 0);
  const mean = new Float64Array(changes[0].change.length);
  for (const { change, weight } of changes) {
    const share = (byCells ? weight : 1) / total;
    for (let g = 0; g < mean.length; g++) mean[g] += share * change[g];
  }
  return mean;
}

/** The set's own change in this context, or else its mean change in the others (context null: in all); null where training has none. */
export function ownChange(
  known: readonly KnownChange[],
  members: readonly string[],
  context: string | null,
): Float64Array | null {
  const key = keyOfMembers(members);
  const same = known.filter((one) => one.key === key);
  const here = same.filter((one) => context === null || one.context === context);
  return meanChangeOf(here.length > 0 ? here : same, true);
}

/** The sum of the members' own changes; null when one was never seen alone, or there is no member. */
export function additiveChange(
  known: readonly KnownChange[],
  members: readonly string[],
  context: string | null,
): Float64Array | null {
  if (members.length === 0) return null;
  const single = members.map((member) => ownChange(known, [member], context));
  const [first, ...others] = single;
  if (first === null || others.includes(null)) return null;
  const sum = first.slice();
  for (const other of others) other?.forEach((change, g) => (sum[g] += change));
  return sum;
}

/** Every baseline that has an answer, as a change of mean log expression [genes]. */
export type BaselineChanges = Readonly<Partial<Record<PerturbBaseline, Float64Array>>>;

/**
 * What each simple rule predicts for a set in a context (null: every context). `nearest` answers only for sets that training does not have there,
 * `linear` only where the members are genes, `other-contexts` only where another context has the set.
 */
export function baselineChanges(
  screen: PreparedScreen,
  known: readonly KnownChange[],
  members: readonly string[],
  context: string | null,
): BaselineChanges {
  const key = keyOfMembers(members);
  const here = known.filter((one) => context === null || one.context === context);
  const elsewhere = known.filter((one) => one.key === key && one.context !== context);
  const isKnownHere = here.some((one) => one.key === key);
  const given: Partial<Record<PerturbBaseline, Float64Array | null>> = {
    control: new Float64Array(screen.genes.length),
    'mean-change': meanChangeOf(here.length > 0 ? here : known, false),
    additive: additiveChange(known, members, context),
    nearest: isKnownHere ? null : nearestChange(screen, known, members, context),
    linear: linearChange(screen, here.length > 0 ? here : known, members),
    'other-contexts': context === null ? null : meanChangeOf(elsewhere, true),
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [PerturbBaseline, Float64Array] => {
      return entry[1] !== null;
    }),
  );
}

/**
 * Mean change of the known sets nearest to this one: those that share most members, or else those of the perturbed gene whose expression
 * in control cells follows a member's most closely. Null when nothing is near.
 */
function nearestChange(
  screen: PreparedScreen,
  known: readonly KnownChange[],
  members: readonly string[],
  context: string | null,
): Float64Array | null {
  const here = known.filter((one) => context === null || one.context === context);
  const among = here.length > 0 ? here : known;
  const shared = among.map((one) => overlapOf(one.members, members));
  const most = shared.reduce((a, b) => Math.max(a, b), 0);
  if (most > 0) {
    return meanChangeOf(among.filter((_, k) => shared[k] >= most - 1e-12), true); // prettier-ignore
  }
  const near = nearestGene(screen, [...new Set(among.flatMap((one) => one.members))], members);
  if (near === null) return null;
  const singles = among.filter((one) => one.members.length === 1 && one.members[0] === near);
  const nearest = singles.length > 0 ? singles : among.filter((one) => one.members.includes(near));
  return meanChangeOf(nearest, true);
}

/** Jaccard similarity of two sets. */
function overlapOf(a: readonly string[], b: readonly string[]): number {
  const both = a.filter((member) => b.includes(member)).length;
  return both / (a.length + b.length - both);
}

/** The perturbed gene, among those that are measured, whose expression in training controls follows a member's best; null without one. */
function nearestGene(
  screen: PreparedScreen,
  candidates: readonly string[],
  members: readonly string[],
): string | null {
  const place = new Map(screen.genes.map((name, g) => [name, g]));
  const own = members.filter((name) => place.has(name));
  const others = candidates.filter((name) => place.has(name));
  if (own.length === 0 || others.length === 0) return null;
  const controls = selectRows(screen.logs, screen.controls(null).start);
  const columns = [...new Set([...own, ...others])].map((name) => place.get(name) ?? 0).sort((a, b) => a - b); // prettier-ignore
  const profiles = profilesOf(selectColumns(controls, columns));
  const profile = (name: string): Float64Array => profiles[columns.indexOf(place.get(name) ?? 0)];
  let [best, near] = [0, null as string | null];
  for (const other of others) {
    for (const member of own) {
      const r = Math.abs(correlation(profile(member), profile(other)) ?? 0);
      if (r > best) [best, near] = [r, other];
    }
  }
  return near;
}

function profilesOf(cells: Parameters<typeof transposeCsr>[0]): Float64Array[] {
  const turned = transposeCsr(cells);
  return Array.from({ length: turned.rows }, (_, g) => {
    const out = new Float64Array(turned.cols);
    for (let e = turned.indptr[g]; e < turned.indptr[g + 1]; e++) {
      out[turned.indices[e]] = turned.values[e];
    }
    return out;
  });
}

const spreads = new WeakMap<PreparedScreen, Float64Array>();

/** Standard deviation of every gene over all training cells, perturbed ones too (a gene may be silent in control), [genes]. Error: cancelled. */
export async function trainingSpread(screen: PreparedScreen): Promise<Float64Array> {
  const known = spreads.get(screen);
  if (known !== undefined) return known;
  const rows = screen.sets.flatMap(({ key }) => [...screen.rows(key, null, 'training')]);
  const { variance } = await columnMoments(selectRows(screen.logs, rows));
  const spread = variance.map(Math.sqrt);
  spreads.set(screen, spread);
  return spread;
}
