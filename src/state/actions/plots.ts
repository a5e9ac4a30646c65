/** @file The numbers behind the plots: expression by category, cells' sums, gene moments, what was asked and recognised. */
import { study } from '../../clients/study-client.ts';
import type { CellSet, GeneMoments, SetExpression } from '../../protocol/study.ts';
import { floatArray, intArray } from '../array-registry.ts';
import { coloursOf, columnOf } from '../data-view.ts';
import { explored } from '../explore.ts';
import { geneNames } from '../gene-index.ts';
import { get } from '../store.ts';
import { ensureStudy, studied } from './study.ts';

/** Categories that a plot shows at most, largest first. */
export const mostGroups = 14;

/** A category with its studied cells of both kinds. */
interface Group {
  readonly name: string;
  readonly colour: string;
  readonly real: CellSet;
  readonly synthetic: CellSet;
}

/** Expression of genes by category, real beside synthetic. */
export interface GroupExpression {
  readonly genes: readonly string[];
  readonly groups: readonly {
    readonly name: string;
    readonly colour: string;
    /** one a gene */
    readonly real: readonly SetExpression[];
    /** null: no synthetic cells were read */
    readonly synthetic: readonly SetExpression[] | null;
  }[];
  /** Categories that were left out because they are the smallest. */
  readonly leftOut: number;
}

/** Codes of synthetic cells in a column: asked, where nothing was asked recognised. */
function syntheticCodes(name: string): Int32Array | null {
  const { asked, recognised } = get().synthetic;
  const wanted = intArray(asked[name] ?? null);
  const seen = intArray(recognised[name] ?? null);
  if (!wanted || wanted.length !== seen?.length) return wanted ?? seen;
  return wanted.map((code, i) => (code >= 0 ? code : seen[i]));
}

function groupsOf(attribute: string): { groups: Group[]; leftOut: number } {
  const column = columnOf(attribute);
  if (!column) return { groups: [], leftOut: 0 };
  const colours = coloursOf(attribute);
  const made = syntheticCodes(attribute);
  const all = column.categories.map((name, code): Group => ({
    name,
    colour: colours[code],
    real: studied('real', (cell) => column.codes[cell] === code),
    synthetic: studied('synthetic', (cell) => made?.[cell] === code),
  }));
  const filled = all
    .filter(({ real }) => real.rows.length > 0)
    .sort((a, b) => b.real.rows.length - a.real.rows.length);
  return {
    groups: filled.slice(0, mostGroups),
    leftOut: Math.max(0, filled.length - mostGroups),
  };
}

/** Expression of genes by the categories of an attribute; null when the cells cannot be read now. */
export async function expressionByGroup(
  genes: readonly string[],
  attribute: string,
): Promise<GroupExpression | null> {
  if (!(await ensureStudy())) return null;
  const names = geneNames();
  const known = genes.filter((gene) => names.includes(gene));
  const { groups, leftOut } = groupsOf(attribute);
  if (known.length === 0 || groups.length === 0) return null;
  const withSynthetic = explored().study.synthetic !== null;
  const sets = groups.flatMap(({ real, synthetic }) => withSynthetic ? [real, synthetic] : [real]); // prettier-ignore
  const table = await study.describe({
    genes: known.map((gene) => names.indexOf(gene)),
    sets,
    shared: withSynthetic,
  });
  const step = withSynthetic ? 2 : 1;
  return {
    genes: known,
    leftOut,
    groups: groups.map(({ name, colour }, g) => ({
      name,
      colour,
      real: table.map((row) => row[step * g]),
      synthetic: withSynthetic ? table.map((row) => row[step * g + 1]) : null,
    })),
  };
}

const markerCache = new Map<string, readonly string[]>();
const markedGroups = 8;

/** Marker genes of the largest categories of an attribute, each category's best ones, for dot plots and heat maps. */
export async function markersByGroup(attribute: string, each: number): Promise<readonly string[]> {
  if (!(await ensureStudy())) return [];
  const key = `${explored().study.key.split(' | ')[0]} ${attribute} ${each}`;
  const known = markerCache.get(key);
  if (known) return known;
  const names = geneNames();
  const found: string[] = [];
  for (const { real } of groupsOf(attribute).groups.slice(0, markedGroups)) {
    const inside = new Set(real.rows);
    const all = studied('real');
    const others: CellSet = { kind: 'real', rows: all.rows.filter((row) => !inside.has(row)) };
    if (real.rows.length < 3 || others.rows.length < 3) continue;
    const { up } = await study.markers({ cells: real, others, tieCorrect: false, most: each + 6 });
    let taken = 0;
    for (const { gene, score } of up) {
      if (taken === each || score <= 0) break;
      if (found.includes(names[gene])) continue;
      found.push(names[gene]);
      taken += 1;
    }
  }
  markerCache.set(key, found);
  return found;
}

/** What can be counted of a cell. */
export type CellMeasure = 'totals' | 'detected' | { readonly gene: string };

/** Values of real and synthetic cells; synthetic is empty without synthetic cells. */
export interface CellValues {
  readonly real: Float32Array;
  readonly synthetic: Float32Array;
}

/** One measure of every studied cell; null when it cannot be read now. */
export async function cellValues(measure: CellMeasure): Promise<CellValues | null> {
  if (!(await ensureStudy())) return null;
  const { summary } = explored().study;
  if (!summary) return null;
  if (measure === 'totals') return { real: summary.realTotals, synthetic: summary.syntheticTotals };
  if (measure === 'detected')
    return { real: summary.realDetected, synthetic: summary.syntheticDetected };
  const gene = geneNames().indexOf(measure.gene);
  if (gene < 0) return null;
  const sets = [studied('real'), studied('synthetic')];
  const [real, synthetic] = await study.values({ genes: [gene], sets, shared: true });
  return { real, synthetic };
}

/** Gene-wise mean and variance with the genes' names; null when they cannot be read now. */
export async function momentsOfGenes(): Promise<
  (GeneMoments & { readonly names: readonly string[] }) | null
> {
  if (!(await ensureStudy())) return null;
  const moments = await study.moments();
  const names = geneNames();
  return { ...moments, names: Array.from(moments.genes, (gene) => names[gene] ?? '') };
}

/** What was asked against what a classifier sees: synthetic cells per pair of categories, rows asked. */
export interface Confusion {
  readonly categories: readonly string[];
  /** [asked · seen] row-major */
  readonly cells: Uint32Array;
  /** Share of held-out real cells that the classifier names right. */
  readonly realHits: number | null;
}

/** The confusion of an attribute; null when nothing was asked of the cells on the map. */
export function confusionOf(attribute: string): Confusion | null {
  const { synthetic, model } = get();
  const column = columnOf(attribute);
  const asked = intArray(synthetic.asked[attribute] ?? null);
  const seen = intArray(synthetic.recognised[attribute] ?? null);
  if (!column || !asked || !seen) return null;
  const used = column.categories
    .map((_, code) => code)
    .filter((code) => asked.includes(code) || seen.includes(code));
  if (!asked.some((code) => code >= 0)) return null;
  const place = new Map(used.map((code, i) => [code, i]));
  const cells = new Uint32Array(used.length ** 2);
  asked.forEach((code, cell) => {
    const row = place.get(code);
    const at = place.get(seen[cell]);
    if (row !== undefined && at !== undefined) cells[row * used.length + at] += 1;
  });
  return {
    categories: used.map((code) => column.categories[code]),
    cells,
    realHits: model.realHits[attribute] ?? null,
  };
}

/** Real and synthetic places for the small multiples, and the codes that colour them. */
export function weightPanelPlaces(umap: string): Float32Array | null {
  return floatArray(umap);
}
