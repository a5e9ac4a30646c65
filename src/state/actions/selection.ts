/** @file Choosing cells on the map: by a drawn line, by what is in view, by the legend; and what to do with them. */
import type { CategoryColumn } from '../../protocol/dataset.ts';
import { byteArray, intArray, keepArray, releaseArrays } from '../array-registry.ts';
import { columnOf } from '../data-view.ts';
import { emptyFindings, emptySelection, explored, patchExplore, type MapTool } from '../explore.ts';
import { formatNumber } from '../format.ts';
import { combineMasks, countMarked, pointsInside, type SelectMode } from '../lasso.ts';
import { get, patch, studio } from '../store.ts';
import { say } from './alerts.ts';
import { setValues } from './guidance.ts';
import { studySelection } from './findings.ts';
import { placeTrails } from './trails.ts';
import { goTo } from './view.ts';

/** The cells that are drawn now, so that nobody selects what cannot be seen. */
export interface DrawnCells {
  /** x, y pairs; null: the kind is hidden or absent */
  readonly real: Float32Array | null;
  readonly synthetic: Float32Array | null;
  readonly realCodes: Int32Array | null;
  readonly syntheticCodes: Int32Array | null;
  /** 1 for each category that is drawn; null: all cells are. */
  readonly shown: Uint8Array | null;
}

/** Chooses what dragging does. */
export function setTool(tool: MapTool): void {
  patchExplore({ tool: explored().tool === tool ? 'move' : tool });
}

/** Drops cells whose category is not drawn. */
function onlyDrawn(mask: Uint8Array, codes: Int32Array | null, shown: Uint8Array | null): void {
  if (!codes || !shown) return;
  for (let i = 0; i < mask.length; i += 1) if (codes[i] >= 0 && shown[codes[i]] === 0) mask[i] = 0;
}

function keepMask(
  mask: Uint8Array | null,
  beforeId: string | null,
  mode: SelectMode,
): { readonly id: string | null; readonly count: number } {
  const before = byteArray(beforeId);
  if (!mask) return mode === 'replace' ? { id: null, count: 0 } : { id: beforeId, count: countMarked(before) }; // prettier-ignore
  const known = before?.length === mask.length ? before : null;
  const next = combineMasks(known, mask, mode);
  const count = countMarked(next);
  return { id: count > 0 ? keepArray(next) : null, count };
}

function select(real: Uint8Array | null, synthetic: Uint8Array | null, mode: SelectMode): void {
  const old = explored().selection;
  const own = keepMask(real, old.real, mode);
  const made = keepMask(synthetic, old.synthetic, mode);
  if (own.id !== old.real) releaseArrays(old.real);
  if (made.id !== old.synthetic) releaseArrays(old.synthetic);
  patchExplore({
    selection: {
      real: own.id,
      synthetic: made.id,
      realCells: own.count,
      syntheticCells: made.count,
    },
    findings: emptyFindings,
  });
  const none = own.count + made.count === 0;
  void studySelection();
  void placeTrails();
  if (!none && get().view.drawer !== 'selection') patch('view', { drawer: 'selection' });
  if (none && get().view.drawer === 'selection') patch('view', { drawer: null });
  say(
    none
      ? 'No cells selected.'
      : `Selected ${formatNumber(own.count)} real and ${formatNumber(made.count)} synthetic cells.`,
  );
}

/** Selects the drawn cells inside a line (x, y pairs in the map's coordinates). */
export function selectInside(polygon: Float32Array, drawn: DrawnCells, mode: SelectMode): void {
  const real = drawn.real ? pointsInside(drawn.real, polygon) : null;
  const synthetic = drawn.synthetic ? pointsInside(drawn.synthetic, polygon) : null;
  if (real) onlyDrawn(real, drawn.realCodes, drawn.shown);
  if (synthetic) onlyDrawn(synthetic, drawn.syntheticCodes, drawn.shown);
  select(real, synthetic, mode);
}

/** Selects cells of some categories (all that are drawn with `shown` of the legend). */
export function selectCategories(
  codes: readonly number[],
  drawn: DrawnCells,
  mode: SelectMode,
): void {
  const wanted = new Set(codes);
  const mark = (own: Int32Array | null, places: Float32Array | null): Uint8Array | null =>
    own && places ? Uint8Array.from(own, (code) => (wanted.has(code) ? 1 : 0)) : null;
  select(mark(drawn.realCodes, drawn.real), mark(drawn.syntheticCodes, drawn.synthetic), mode);
}

/** Selects nothing. */
export function clearSelection(): void {
  const { selection } = explored();
  if (selection.real === null && selection.synthetic === null) return;
  releaseArrays(selection.real, selection.synthetic);
  patchExplore({ selection: emptySelection, findings: emptyFindings });
  if (get().view.drawer === 'selection') patch('view', { drawer: null });
  say('Selection cleared.');
}

/** Cells of each category in a selection: real in it, real of all, synthetic in it, synthetic of all. */
export interface CategoryShare {
  readonly category: string;
  readonly real: number;
  readonly realOfAll: number;
  readonly synthetic: number;
  readonly syntheticOfAll: number;
}

/** Composition of the selection by a column, most selected first; categories without a selected cell are left out. */
export function compositionOf(name: string): readonly CategoryShare[] {
  const column = columnOf(name);
  if (!column) return [];
  const { selection } = explored();
  const { synthetic } = get();
  const asked = intArray(synthetic.asked[name] ?? null);
  const recognised = intArray(synthetic.recognised[name] ?? null);
  const made = asked
    ? asked.map((code, i) => (code >= 0 ? code : (recognised?.[i] ?? -1)))
    : recognised;
  const own = countBy(column.codes, byteArray(selection.real), column);
  const syn = made
    ? countBy(made, byteArray(selection.synthetic), column)
    : { inside: new Uint32Array(column.categories.length), all: new Uint32Array(column.categories.length) }; // prettier-ignore
  return column.categories
    .map((category, code) => ({
      category,
      real: own.inside[code],
      realOfAll: own.all[code],
      synthetic: syn.inside[code],
      syntheticOfAll: syn.all[code],
    }))
    .filter(({ real, synthetic: count }) => real + count > 0)
    .sort((a, b) => b.real - a.real || b.synthetic - a.synthetic);
}

function countBy(codes: Int32Array, mask: Uint8Array | null, { categories }: CategoryColumn) {
  const inside = new Uint32Array(categories.length);
  const all = new Uint32Array(categories.length);
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i];
    if (code < 0) continue;
    all[code] += 1;
    if (mask?.[i] === 1) inside[code] += 1;
  }
  return { inside, all };
}

/** Values that more than half of the selected cells have, per attribute of the model; null where no value has. */
export function majorityValues(): Readonly<Record<string, string | null>> {
  const values: Record<string, string | null> = {};
  for (const { name, categories } of get().model.info?.attributes ?? []) {
    const shares = compositionOf(name);
    const total = shares.reduce((sum, { real, synthetic }) => sum + real + synthetic, 0);
    const top = [...shares].sort((a, b) => b.real + b.synthetic - a.real - a.synthetic)[0];
    const most = top && 2 * (top.real + top.synthetic) > total && categories.includes(top.category);
    values[name] = most ? top.category : null;
  }
  return values;
}

/** Steers towards the selection: each attribute's majority value, where there is one. Weights stay. */
export function generateMoreLikeThese(): void {
  if (get().model.status !== 'ready') return;
  const values = majorityValues();
  setValues(values);
  goTo('generate');
  const said = Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${value ?? ''}`);
  say(
    said.length > 0
      ? `Generating cells of ${said.join(', ')}.`
      : 'The selection has no majority in any attribute: cells as in all data.',
  );
}

/** Forgets a selection when its file goes, and the synthetic part when those cells are others. */
export function watchSelection(): void {
  studio.subscribe((now, before) => {
    const { selection } = explored();
    if (now.data.columns !== before.data.columns && now.data.summary !== before.data.summary) {
      releaseArrays(selection.real, selection.synthetic);
      patchExplore({ selection: emptySelection, findings: emptyFindings });
      return;
    }
    const others =
      now.synthetic.cells !== before.synthetic.cells ||
      now.synthetic.seed !== before.synthetic.seed;
    if (others && selection.synthetic !== null) {
      releaseArrays(selection.synthetic);
      patchExplore({
        selection: { ...selection, synthetic: null, syntheticCells: 0 },
        findings: emptyFindings,
      });
    }
  });
}
