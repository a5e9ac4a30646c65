/** @file Combinations that were held out as a whole: no training cell is like them, so they have a floor of their own. */
import type { Pacer } from '../maps/pacer.ts';
import { selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom, type Random } from '../numerics/random.ts';
import type { JudgeAttribute, JudgeRequest, UnseenResult } from '../protocol/judge.ts';
import { intervalAround, resampledTables } from './bootstrap.ts';
import { floorOf } from './checks.ts';
import { fewestInClass, pickClouds, twoClouds } from './cloud-measures.ts';
import { measureDistances, pickRows, type Cloud } from './distance-table.ts';
import { sharedLabels, takeSome } from './draws.ts';
import { energyDistance, type TwoClouds } from './kernel-distances.ts';

/** Fewer held-out cells of a combination are chance, not a choice. */
const FEWEST_HIDDEN = 2 * fewestInClass;
const SPLITS = 20;
const TABLE_DRAWS = 40;

/** Cells of one combination that training never saw. */
export interface UnseenCells {
  readonly value: string;
  /** Category in each attribute. */
  readonly codes: readonly number[];
  readonly heldOut: CsrMatrix;
  readonly synthetic: CsrMatrix;
}

/** Takes whole unseen combinations (with at least 20 held-out cells) out of a request. */
export function splitUnseen(request: JudgeRequest): {
  readonly seen: JudgeRequest;
  readonly unseen: readonly UnseenCells[];
} {
  const { heldOut, training, synthetic, attributes } = request;
  if (training.rows === 0 || attributes.length === 0) return { seen: request, unseen: [] };
  const codesOf = (pick: (a: JudgeAttribute) => Int32Array) => attributes.map(pick);
  const own = codesOf((a) => a.heldOut);
  const [real, trained] = sharedLabels(own, heldOut.rows, codesOf((a) => a.training), training.rows); // prettier-ignore
  const known = new Set(trained);
  const hidden = new Map<string, number[]>();
  real.forEach((label, i) => {
    const codes = own.map((all) => all[i]);
    if (known.has(label) || codes.includes(-1)) return;
    const key = codes.join();
    hidden.set(key, [...(hidden.get(key) ?? []), i]);
  });
  for (const [key, rows] of hidden) if (rows.length < FEWEST_HIDDEN) hidden.delete(key);
  if (hidden.size === 0) return { seen: request, unseen: [] };
  const madeKey = (i: number): string => attributes.map((a) => a.synthetic[i]).join();
  const made = Array.from({ length: synthetic.rows }, (_, i) => madeKey(i));
  const unseen = [...hidden].map(([key, rows]): UnseenCells => {
    const codes = key.split(',').map(Number);
    return {
      value: codes.map((code, a) => attributes[a].categories[code]).join(' × '),
      codes,
      heldOut: selectRows(heldOut, rows),
      synthetic: selectRows(synthetic, [...made.keys()].filter((i) => made[i] === key)), // prettier-ignore
    };
  });
  const taken = new Set([...hidden.values()].flat());
  const keptReal = [...Array(heldOut.rows).keys()].filter((i) => !taken.has(i));
  const keptMade = [...made.keys()].filter((i) => !hidden.has(made[i]));
  return { seen: keep(request, keptReal, keptMade), unseen };
}

function keep(request: JudgeRequest, real: number[], made: number[]): JudgeRequest {
  return {
    ...request,
    heldOut: selectRows(request.heldOut, real),
    synthetic: selectRows(request.synthetic, made),
    attributes: request.attributes.map((a) => ({
      ...a,
      heldOut: Int32Array.from(real, (i) => a.heldOut[i]),
      synthetic: Int32Array.from(made, (i) => a.synthetic[i]),
    })),
  };
}

/** An unseen combination in the space, with the training cells and their categories. */
export interface PlacedUnseen {
  readonly cells: UnseenCells;
  readonly heldOut: Cloud;
  readonly synthetic: Cloud;
  readonly training: Cloud;
  readonly trainingCodes: readonly Int32Array[];
  readonly hits: number | null;
  readonly realHits: number | null;
  readonly most: number;
}

/** Measures one unseen combination; null with fewer than 10 synthetic cells. Error: cancelled. */
export async function measureUnseen(
  placed: PlacedUnseen,
  seed: number,
  pacer: Pacer,
): Promise<UnseenResult | null> {
  const random = createRandom(seed, 64);
  const { cells, training, trainingCodes } = placed;
  const some = (cloud: Cloud): Cloud =>
    pickRows(cloud, takeSome(random, [...Array(cloud.rows).keys()], placed.most));
  const [heldOut, synthetic] = [some(placed.heldOut), some(placed.synthetic)];
  if (synthetic.rows < fewestInClass) return null;
  const within = await measureDistances(heldOut, heldOut, pacer);
  const against = async (other: Cloud): Promise<number[]> => {
    const clouds = await twoClouds(heldOut, within, other, pacer);
    return halves(clouds, createRandom(seed, 65));
  };
  const both = { first: within, second: within, between: within };
  const own = await twoClouds(heldOut, within, synthetic, pacer);
  const energies = halves(own, createRandom(seed, 65));
  const energy = mean(energies);
  const labels = [new Int32Array(heldOut.rows), new Int32Array(synthetic.rows)] as const;
  const resamples = resampledTables(own, labels, TABLE_DRAWS, seed);
  const near = neighboursOf(cells.codes, training, trainingCodes);
  const guesses = await Promise.all(
    near.map(async ({ nearest, shifted }) => ({
      nearest: mean(await against(some(nearest))),
      shifted: shifted && mean(await against(some(shifted))),
    })),
  );
  const least = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length > 0 ? Math.min(...known) : null;
  };
  return {
    value: cells.value,
    heldOut: cells.heldOut.rows,
    synthetic: cells.synthetic.rows,
    energy,
    interval: intervalAround(energy, resamples),
    floor: floorOf(splitsOf(both, synthetic.rows, createRandom(seed, 65))),
    hits: placed.hits,
    realHits: placed.realHits,
    nearest: least(guesses.map((guess) => guess.nearest)),
    shifted: least(guesses.map((guess) => guess.shifted)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Energies of one random half of the first side against (as many as there are synthetic) cells of the other half. */
function splitsOf(clouds: TwoClouds, most: number, random: Random): number[] {
  const n = clouds.first.rows;
  const middle = Math.floor(n / 2);
  return Array.from({ length: SPLITS }, () => {
    const order = random.permutation(n);
    const some = order.slice(0, Math.min(most, middle));
    return energyDistance(pickClouds(clouds, order.slice(middle), some));
  });
}

/** Energies of the same halves against as many cells of the second side. */
function halves(clouds: TwoClouds, random: Random): number[] {
  const [n, m] = [clouds.first.rows, clouds.second.rows];
  const middle = Math.floor(n / 2);
  return Array.from({ length: SPLITS }, () => {
    const order = random.permutation(n);
    const others = random.permutation(m).slice(0, Math.min(m, middle));
    return energyDistance(pickClouds(clouds, order.slice(middle), others));
  });
}

interface Guess {
  readonly nearest: Cloud;
  readonly shifted: Cloud | null;
}

/** Per attribute: training cells with the same values of all others, as they are and moved by what the value does elsewhere. */
function neighboursOf(
  codes: readonly number[],
  training: Cloud,
  trainingCodes: readonly Int32Array[],
): Guess[] {
  return codes.flatMap((code, a): Guess[] => {
    const same = (row: number): boolean => codes.every((own, b) => b === a || trainingCodes[b][row] === own); // prettier-ignore
    const rows = [...trainingCodes[a].keys()].filter(same);
    const from = mostCommon(rows.map((row) => trainingCodes[a][row]));
    if (from === null) return [];
    const near = rows.filter((row) => trainingCodes[a][row] === from);
    if (near.length < fewestInClass) return [];
    const nearest = pickRows(training, near);
    const shift = meanShift(a, from, code, training, trainingCodes);
    return [{ nearest, shifted: shift && moveBy(nearest, shift) }];
  });
}

function mostCommon(values: readonly number[]): number | null {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((x, y) => y[1] - x[1])[0]?.[0] ?? null;
}

/** Mean over contexts (values of the other attributes) of what changing one value does; null where no context has both. */
function meanShift(
  attribute: number,
  from: number,
  to: number,
  { values, dims }: Cloud,
  codes: readonly Int32Array[],
): Float64Array | null {
  const sums = new Map<string, { n: [number, number]; sum: [Float64Array, Float64Array] }>();
  codes[attribute].forEach((code, row) => {
    if (code !== from && code !== to) return;
    const key = codes.map((own, b) => (b === attribute ? '' : own[row])).join();
    const entry = sums.get(key) ?? { n: [0, 0], sum: [new Float64Array(dims), new Float64Array(dims)] }; // prettier-ignore
    sums.set(key, entry);
    const side = code === to ? 1 : 0;
    entry.n[side]++;
    for (let d = 0; d < dims; d++) entry.sum[side][d] += values[row * dims + d];
  });
  const usable = [...sums.values()].filter(({ n }) => Math.min(...n) >= fewestInClass);
  if (usable.length === 0) return null;
  const out = new Float64Array(dims);
  for (const { n, sum } of usable) {
    for (let d = 0; d < dims; d++) out[d] += (sum[1][d] / n[1] - sum[0][d] / n[0]) / usable.length;
  }
  return out;
}

function moveBy(cloud: Cloud, shift: Float64Array): Cloud {
  return { ...cloud, values: cloud.values.map((value, i) => value + shift[i % cloud.dims]) };
}
