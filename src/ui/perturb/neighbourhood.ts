/** @file The part of a gene graph that lies around some genes, and where its genes are drawn. */

/** Neighbours drawn at most. */
const MOST = 28;

/** Some genes, those next to them, and the pairs among all of these. */
export interface Neighbourhood {
  readonly centre: readonly string[];
  readonly near: readonly string[];
  readonly edges: readonly (readonly [string, string])[];
}

/**
 * @param graph pairs of positions among the genes, [2 · edges]
 * @returns null when none of the members is a gene
 */
export function neighbourhood(
  graph: readonly number[],
  genes: readonly string[],
  members: readonly string[],
): Neighbourhood | null {
  const own = new Set(members.map((member) => genes.indexOf(member)).filter((at) => at >= 0));
  if (own.size === 0) return null;
  const touches = new Map<number, number>();
  const pairs: [number, number][] = [];
  for (let i = 0; i < graph.length; i += 2) {
    const [a, b] = [graph[i] ?? 0, graph[i + 1] ?? 0];
    pairs.push([a, b]);
    if (own.has(a) && !own.has(b)) touches.set(b, (touches.get(b) ?? 0) + 1);
    if (own.has(b) && !own.has(a)) touches.set(a, (touches.get(a) ?? 0) + 1);
  }
  const near = [...touches.entries()].sort((a, b) => b[1] - a[1]).slice(0, MOST).map(([at]) => at); // prettier-ignore
  const all = new Set([...own, ...near]);
  const name = (at: number): string => genes[at] ?? '';
  return {
    centre: [...own].map(name),
    near: near.map(name),
    edges: pairs.filter(([a, b]) => all.has(a) && all.has(b)).map(([a, b]) => [name(a), name(b)]),
  };
}

/** Where a gene is drawn, and whether its name stands left of it. */
export interface GenePlace {
  readonly x: number;
  readonly y: number;
  readonly left: boolean;
}

/** The genes in question in the middle, the others on an ellipse around them. */
export function placesOf(
  { centre, near }: Neighbourhood,
  width: number,
  height: number,
): ReadonlyMap<string, GenePlace> {
  const places = new Map<string, GenePlace>();
  const [x, y] = [width / 2, height / 2];
  centre.forEach((gene, i) => {
    places.set(gene, { x, y: y + (i - (centre.length - 1) / 2) * 34, left: false });
  });
  const [wide, tall] = [Math.max(60, width / 2 - 96), Math.max(50, height / 2 - 18)];
  near.forEach((gene, i) => {
    const angle = (2 * Math.PI * (i + 0.5)) / near.length - Math.PI / 2;
    const cos = Math.cos(angle);
    places.set(gene, { x: x + wide * cos, y: y + tall * Math.sin(angle), left: cos < 0 });
  });
  return places;
}
