/** @file Gene graphs as text that people edit: two gene names a line. */

/** Two genes that are joined. */
export type NamedEdge = readonly [string, string];

/**
 * The first two names of a line, parted by a tab, or else a comma or semicolon, or else spaces; quotes around them and whatever follows (a weight)
 * are left out. Null for empty lines, notes (`#` first) and a name alone.
 */
export function edgeOf(line: string): NamedEdge | null {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return null;
  const sign = ['\t', /[,;]/u].find((one) => text.search(one) >= 0) ?? /\s+/u;
  const [a = '', b = ''] = text.split(sign).map((part) => part.trim().replace(/^"|"$/gu, ''));
  return a === '' || b === '' ? null : [a, b];
}

/** A gene graph as text that `edgeOf` reads: notes, then a pair a line, a tab between its names. */
export function edgeListText(edges: Iterable<NamedEdge>, notes: readonly string[]): string {
  const lines = [...notes.map((note) => `# ${note}`), ...[...edges].map((pair) => pair.join('\t'))];
  return `${lines.join('\n')}\n`;
}
