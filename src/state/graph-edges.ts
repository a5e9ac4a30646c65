/** @file Imported gene graphs: pairs of names, read from a text file; kept outside the store, each for the choice that names it. */
import { edgeOf, type NamedEdge } from '../protocol/edge-list.ts';
import type { ScreenChoices } from './types.ts';

/** What the choices say of an imported graph. */
type Graph = NonNullable<ScreenChoices['graph']>;

/** Undo brings the same object back, and with it its pairs. */
const kept = new WeakMap<Graph, readonly NamedEdge[]>();

/** Lines read before the page is let go on. */
const LINES_AT_ONCE = 4000;

/** Pairs of an imported graph; none of one that was not imported on this visit. */
export function graphEdges(graph: Graph): readonly NamedEdge[] {
  return kept.get(graph) ?? [];
}

/** What was found in a text of pairs. */
export interface ReadEdges {
  readonly edges: readonly NamedEdge[];
  /** Lines that name a gene which is not known, or no two names. */
  readonly left: number;
}

/** Pairs of known genes in a text, each once, without order. Gives the thread back every few thousand lines. */
export async function readEdges(
  text: string,
  known: ReadonlySet<string>,
  rest: () => Promise<void> = () => new Promise((done) => setTimeout(done)),
): Promise<ReadEdges> {
  const lines = text.split(/\r?\n/);
  const found = new Map<string, NamedEdge>();
  let left = 0;
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trim();
    if (at > 0 && at % LINES_AT_ONCE === 0) await rest();
    if (line === '' || line.startsWith('#')) continue;
    const [a, b] = edgeOf(line) ?? ['', ''];
    if (a === b || !known.has(a) || !known.has(b)) left += 1;
    else found.set(a < b ? `${a}\t${b}` : `${b}\t${a}`, a < b ? [a, b] : [b, a]);
  }
  return { edges: [...found.values()], left };
}

/** Keeps the pairs for trainings with this graph. */
export function keepGraphEdges(graph: Graph, edges: readonly NamedEdge[]): void {
  kept.set(graph, edges);
}

/** A model's graph by the names of its genes. @param graph pairs of positions among the genes, [2 · edges] */
export function namedGraph(graph: readonly number[], genes: readonly string[]): NamedEdge[] {
  return Array.from({ length: graph.length / 2 }, (_, e) => [
    genes[graph[2 * e] ?? 0] ?? '',
    genes[graph[2 * e + 1] ?? 0] ?? '',
  ]);
}
