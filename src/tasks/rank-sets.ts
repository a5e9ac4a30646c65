/** @file Sets of perturbations that were not measured, and the order in which a model would try them. */
import { keyOfMembers } from '../protocol/screen-labels.ts';
import type { RankedSet, ScreenInfo } from '../protocol/perturb.ts';

/** Length of a change over some genes. @param genes positions; null: all */
export function lengthOf(change: ArrayLike<number>, genes: ArrayLike<number> | null): number {
  let sum = 0;
  if (genes === null) for (let g = 0; g < change.length; g++) sum += change[g] ** 2;
  else for (let i = 0; i < genes.length; i++) sum += change[genes[i]] ** 2;
  return Math.sqrt(sum);
}

/** Every pair of seen members and every single member never seen, without those that were measured. */
export function unmeasuredSets(
  { members, seenMembers }: Pick<ScreenInfo, 'members' | 'seenMembers'>,
  measured: ReadonlySet<string>,
): string[][] {
  const seen = members.slice(0, seenMembers);
  const pairs = seen.flatMap((a, i) => seen.slice(i + 1).map((b) => [a, b].sort()));
  const singles = members.slice(seenMembers).map((member) => [member]);
  return [...pairs, ...singles].filter((set) => !measured.has(keyOfMembers(set)));
}

/** At most so many sets, those whose members do most by themselves. @param sizes length of each member's own change */
export function likeliestSets(
  sets: readonly (readonly string[])[],
  sizes: ReadonlyMap<string, number>,
  most: number,
): (readonly string[])[] {
  const usual = [...sizes.values()].reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.size);
  const weigh = (set: readonly string[]): number =>
    set.reduce((sum, member) => sum + (sizes.get(member) ?? usual), 0);
  return [...sets].sort((a, b) => weigh(b) - weigh(a)).slice(0, most);
}

/** A set by its predicted change and by what its members' predicted changes do not add up to. @param singles null when one is not known alone */
export function rankedSet(
  members: readonly string[],
  change: Float64Array,
  singles: readonly Float64Array[] | null,
  genes: ArrayLike<number> | null,
): RankedSet {
  const rest =
    singles === null || members.length < 2
      ? null
      : change.map((value, g) => value - singles.reduce((sum, own) => sum + own[g], 0));
  return {
    members,
    size: lengthOf(change, genes),
    beyondAdditive: rest === null ? null : lengthOf(rest, genes),
  };
}
