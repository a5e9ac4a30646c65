/** @file Gene names of the open file, searchable; kept outside the store because there may be 60,000. */

let names: readonly string[] = [];
let folded: string[] = [];

/** Replaces the list (the file's var names, in order). */
export function setGeneNames(next: readonly string[]): void {
  names = next;
  folded = next.map((name) => name.toLowerCase());
}

/** All gene names, in the file's order. */
export function geneNames(): readonly string[] {
  return names;
}

/** Genes whose name contains the text, any case; those that start with it come first, shorter ones before longer. */
export function findGenes(text: string, limit: number): string[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return names.slice(0, limit);
  const starts: number[] = [];
  const contains: number[] = [];
  folded.forEach((name, index) => {
    const at = name.indexOf(wanted);
    if (at === 0) starts.push(index);
    else if (at > 0) contains.push(index);
  });
  const byLength = (a: number, b: number): number =>
    (folded[a]?.length ?? 0) - (folded[b]?.length ?? 0);
  return [...starts.sort(byLength), ...contains.sort(byLength)]
    .slice(0, limit)
    .map((index) => names[index] ?? '');
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** The genes spelt most like the text, for "Did you mean"; at most three letters away. */
export function nearestGenes(text: string, limit: number): string[] {
  const wanted = text.trim().toLowerCase();
  return folded
    .map((name, index) => ({
      index,
      distance: Math.abs(name.length - wanted.length) > 3 ? 9 : editDistance(wanted, name),
    }))
    .filter(({ distance }) => distance <= 3)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ index }) => names[index] ?? '');
}
