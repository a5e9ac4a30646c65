/** @file An imported gene graph: pairs of names, read from a text file; kept outside the store. */

type Edge = readonly [string, string];

let edges: readonly Edge[] = [];

/** Lines read before the page is let go on. */
const LINES_AT_ONCE = 4000;

/** Pairs of an imported graph; none without one. */
export function graphEdges(): readonly Edge[] {
  return edges;
}

/** Forgets them. */
export function dropGraphEdges(): void {
  edges = [];
}

/** What was found in a text of pairs. */
export interface ReadEdges {
  readonly edges: readonly Edge[];
  /** Lines that name a gene which is not known, or no two names. */
  readonly left: number;
}

/**
 * Pairs of known genes in a text: two names a line, with a tab, comma, semicolon or spaces between; whatever else a line says (a weight) is
 * left out. Each pair once, without order. Gives the thread back every few thousand lines.
 */
export async function readEdges(
  text: string,
  known: ReadonlySet<string>,
  rest: () => Promise<void> = () => new Promise((done) => setTimeout(done)),
): Promise<ReadEdges> {
  const lines = text.split(/\r?\n/);
  const found = new Map<string, Edge>();
  let left = 0;
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trim();
    if (at > 0 && at % LINES_AT_ONCE === 0) await rest();
    if (line === '' || line.startsWith('#')) continue;
    const [a = '', b = ''] = line.split(/[\t,;]|\s+/).map((part) => part.replace(/^"|"$/g, ''));
    if (a === b || !known.has(a) || !known.has(b)) left += 1;
    else found.set(a < b ? `${a}\t${b}` : `${b}\t${a}`, a < b ? [a, b] : [b, a]);
  }
  return { edges: [...found.values()], left };
}

/** Keeps the pairs for the next training. */
export function keepGraphEdges(next: readonly Edge[]): void {
  edges = next;
}
