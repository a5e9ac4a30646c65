/** @file What a person may have meant by a word that is not known: a command, an option, a column or a value. */

/**
 * The known word that is nearest: the same but for case, the only one that begins with it, or the one with the fewest wrong letters (at most a
 * third of the longer word). Null where none is near, or two are equally near.
 */
export function nearest(word: string, known: Iterable<string>): string | null {
  const words = [...new Set(known)];
  const low = word.toLowerCase();
  const same = words.filter((other) => other.toLowerCase() === low);
  if (same.length === 1) return same[0];
  const longer = words.filter((other) => low.length > 1 && other.toLowerCase().startsWith(low));
  if (longer.length === 1) return longer[0];
  const near = words
    .map((other) => ({ other, wrong: wrongLetters(low, other.toLowerCase()) }))
    .filter(({ other, wrong }) => wrong * 3 <= Math.max(low.length, other.length))
    .sort((a, b) => a.wrong - b.wrong);
  return near.length > 1 && near[0].wrong === near[1].wrong ? null : (near[0]?.other ?? null);
}

/** A question to add to a message, with a space before it; nothing where no word is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const found = nearest(word, known);
  return found === null ? '' : ` Did you mean ${found}?`;
}

/** Letters to change, add, leave out or swap with their neighbour (optimal string alignment, Damerau 1964). */
function wrongLetters(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 0; j <= b.length; j++) table[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = table[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      table[i][j] = Math.min(change, table[i - 1][j] + 1, table[i][j - 1] + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) table[i][j] = Math.min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.length][b.length];
}
