/** @file Figures of single categories and of combinations, each against its own floor. */
import type { GroupResult, JudgeAttribute } from '../protocol/judge.ts';
import { floorOf } from './checks.ts';
import { fewestInClass, meanWithin, pickClouds } from './cloud-measures.ts';
import { energyDistance, type TwoClouds } from './kernel-distances.ts';

/** Cells of one category or combination on both sides. */
interface Group {
  readonly key: string;
  readonly attribute: string;
  readonly value: string;
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** Fewest draws in which a group must have enough cells to get a floor. */
const FEWEST_DRAWS = 10;

function rowsByKey(codes: readonly Int32Array[], n: number): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (let i = 0; i < n; i++) {
    const own = codes.map((all) => all[i]);
    if (own.some((code) => code < 0)) continue;
    const key = own.join();
    const rows = groups.get(key);
    if (rows) rows.push(i);
    else groups.set(key, [i]);
  }
  return groups;
}

/** Every category of every attribute, then every combination of two or more attributes, with enough cells on both sides. */
function listGroups(
  attributes: readonly JudgeAttribute[],
  first: readonly Int32Array[],
  second: readonly Int32Array[],
): Group[] {
  const all = attributes.map((_, a) => [a]);
  const sets = attributes.length > 1 ? [...all, attributes.map((_, a) => a)] : all;
  return sets.flatMap((set) => {
    const rows = (codes: readonly Int32Array[]): Map<string, number[]> =>
      rowsByKey(
        set.map((a) => codes[a]),
        codes[0].length,
      );
    const others = rows(second);
    return [...rows(first)].flatMap(([key, own]) => {
      const other = others.get(key) ?? [];
      if (own.length < fewestInClass || other.length < fewestInClass) return [];
      const codes = key.split(',').map(Number);
      return {
        key: `${set.join()}:${key}`,
        attribute: set.map((a) => attributes[a].name).join(' × '),
        value: set.map((a, i) => attributes[a].categories[codes[i]]).join(' × '),
        first: own,
        second: other,
      };
    });
  });
}

/** Collects group figures of the floor's draws, then of the synthetic cells. */
export class GroupBook {
  private readonly floors = new Map<string, number[]>();

  constructor(
    private readonly attributes: readonly JudgeAttribute[],
    private readonly heldOut: readonly Int32Array[],
  ) {}

  /** Adds one draw of real cells. */
  addDraw(clouds: TwoClouds, codes: readonly Int32Array[]): void {
    for (const { key, first, second } of listGroups(this.attributes, this.heldOut, codes)) {
      const energies = this.floors.get(key) ?? [];
      energies.push(energyDistance(pickClouds(clouds, first, second)));
      this.floors.set(key, energies);
    }
  }

  /** Groups of the synthetic cells that have a floor, the largest first within each attribute. */
  results(clouds: TwoClouds, codes: readonly Int32Array[]): GroupResult[] {
    const out: GroupResult[] = [];
    for (const group of listGroups(this.attributes, this.heldOut, codes)) {
      const draws = this.floors.get(group.key) ?? [];
      // Where every draw had to take the same cells there is no band.
      if (new Set(draws).size < FEWEST_DRAWS) continue;
      const own = pickClouds(clouds, group.first, group.second);
      out.push({
        attribute: group.attribute,
        value: group.value,
        heldOut: group.first.length,
        synthetic: group.second.length,
        energy: energyDistance(own),
        floor: floorOf(draws),
        diversity: meanWithin(own.second) / meanWithin(own.first),
      });
    }
    const order = [...new Set(out.map(({ attribute }) => attribute))];
    return out.sort(
      (a, b) =>
        order.indexOf(a.attribute) - order.indexOf(b.attribute) ||
        b.heldOut - a.heldOut ||
        (a.value < b.value ? -1 : 1),
    );
  }
}
