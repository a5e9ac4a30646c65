/** @file Category names on the map: where they belong, and how they make room for each other. */

/** Centre of a category's cells. */
export interface LabelAnchor {
  readonly category: number;
  readonly x: number;
  readonly y: number;
  readonly cells: number;
}

/** Cells looked at per category; medians of more change nothing that is visible. */
const sampleSize = 2000;

/**
 * Median position of each category's cells, largest category first. Categories without a placed cell are left out,
 * and with more than 12 categories those under 1 % of the cells.
 */
export function labelAnchors(
  positions: Float32Array,
  codes: Int32Array,
  categories: number,
): LabelAnchor[] {
  const counts = new Uint32Array(categories);
  for (let cell = 0; cell < codes.length; cell += 1)
    if (placed(positions, codes, cell, categories)) counts[codes[cell]] += 1;
  const xs = Array.from(counts, (count) => new Float32Array(Math.min(count, sampleSize)));
  const ys = xs.map((list) => new Float32Array(list.length));
  const seen = new Uint32Array(categories);
  const filled = new Uint32Array(categories);
  for (let cell = 0; cell < codes.length; cell += 1) {
    if (!placed(positions, codes, cell, categories)) continue;
    const code = codes[cell];
    const room = xs[code].length;
    const take = Math.floor(((seen[code] + 1) * room) / counts[code]) > filled[code];
    seen[code] += 1;
    if (!take) continue;
    xs[code][filled[code]] = positions[2 * cell];
    ys[code][filled[code]] = positions[2 * cell + 1];
    filled[code] += 1;
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  const least = present > 12 ? total * 0.01 : 1;
  const anchors = xs
    .map((list, category) => ({
      category,
      x: median(list.subarray(0, filled[category])),
      y: median(ys[category].subarray(0, filled[category])),
      cells: counts[category],
    }))
    .filter(({ cells }) => cells >= least && cells > 0)
    .sort((a, b) => b.cells - a.cells || a.category - b.category);
  const spreads = anchors.map(({ category, x, y }) =>
    spreadAbout(xs[category], ys[category], filled[category], x, y),
  );
  return liesEverywhere(anchors, spreads) ? [] : anchors;
}

/** Median distance of a category's cells from their centre. */
function spreadAbout(
  xs: Float32Array,
  ys: Float32Array,
  count: number,
  x: number,
  y: number,
): number {
  const distances = new Float32Array(count);
  for (let i = 0; i < count; i += 1) distances[i] = Math.hypot(xs[i] - x, ys[i] - y);
  return median(distances);
}

/** A column whose categories all lie on top of each other has no places to name: its names would pile up in the middle. */
function liesEverywhere(anchors: readonly LabelAnchor[], spreads: readonly number[]): boolean {
  if (anchors.length < 2) return false;
  const middle = (values: readonly number[]): number => median(Float32Array.from(values));
  const [x, y] = [middle(anchors.map((own) => own.x)), middle(anchors.map((own) => own.y))];
  const apart = middle(anchors.map((own) => Math.hypot(own.x - x, own.y - y)));
  return apart > 0 && apart < 0.25 * middle(spreads);
}

function placed(
  positions: Float32Array,
  codes: Int32Array,
  cell: number,
  categories: number,
): boolean {
  const code = codes[cell];
  return (
    code >= 0 &&
    code < categories &&
    Number.isFinite(positions[2 * cell]) &&
    Number.isFinite(positions[2 * cell + 1])
  );
}

function median(values: Float32Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A name to place: wanted centre and size in pixels. */
export interface LabelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where a name went, and how far it moved. */
export interface PlacedLabel {
  readonly x: number;
  readonly y: number;
  readonly moved: number;
}

/** Distances at which a place is looked for, and how many of the directions are looked at there. */
const firstRing = 4;
const ringStep = 4;
const lastRing = 240;
const turnsAt = (ring: number): number => (ring < 20 ? 8 : 16);
/** x and y of the directions in turn, downwards first and then to either side. */
const ways = [8, 16].map((turns) =>
  Float64Array.from({ length: 2 * turns }, (_, i) => {
    const turn = i >> 1;
    const half = Math.ceil(turn / 2) * (turn % 2 === 1 ? 1 : -1);
    const angle = Math.PI / 2 + (half * 2 * Math.PI) / turns;
    return i % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  }),
);

/** Cost of a place (centre and size of the name) in pixels of distance: how far a name would rather move than lie there. */
export type PlaceCost = (x: number, y: number, width: number, height: number) => number;

/**
 * Places boxes near their wanted centres without overlap; earlier boxes keep the better places. With `cost` a box moves to where its
 * way and the cost of the place are least together.
 *
 * Deterministic and independent of the window, so that names do not jump while the map is moved.
 * @returns one entry a box, null where no room was found within 240 px
 */
export function layoutLabels(
  boxes: readonly LabelBox[],
  cost: PlaceCost | null = null,
): (PlacedLabel | null)[] {
  const taken: LabelBox[] = [];
  return boxes.map((box) => {
    const spot = freeSpot(box, taken, cost);
    if (!spot) return null;
    taken.push({ ...box, ...spot });
    return { ...spot, moved: Math.hypot(spot.x - box.x, spot.y - box.y) };
  });
}

function isFree(x: number, y: number, box: LabelBox, taken: readonly LabelBox[]): boolean {
  for (const other of taken)
    if (
      Math.abs(other.x - x) < (other.width + box.width) / 2 &&
      Math.abs(other.y - y) < (other.height + box.height) / 2
    )
      return false;
  return true;
}

/** Thousands of places are looked at with every move of the map, so nothing is allocated on the way. */
function freeSpot(
  box: LabelBox,
  taken: readonly LabelBox[],
  cost: PlaceCost | null,
): { x: number; y: number } | null {
  const { width, height } = box;
  let { x: bestX, y: bestY } = box;
  let least = isFree(bestX, bestY, box, taken) ? (cost?.(bestX, bestY, width, height) ?? 0) : Infinity; // prettier-ignore
  // nothing further out than the cost so far can be better
  for (let ring = firstRing; ring <= lastRing && ring < least; ring += ringStep) {
    const turns = turnsAt(ring);
    const way = ways[turns === 8 ? 0 : 1];
    for (let turn = 0; turn < turns; turn += 1) {
      const x = box.x + way[2 * turn] * ring;
      const y = box.y + way[2 * turn + 1] * ring;
      if (!isFree(x, y, box, taken)) continue;
      const price = ring + (cost?.(x, y, width, height) ?? 0);
      if (price >= least) continue;
      least = price;
      bestX = x;
      bestY = y;
    }
  }
  return least < Infinity ? { x: bestX, y: bestY } : null;
}

/** Where a leader from a box at (x, y) to its anchor leaves the box: on its edge. */
export function leaderStart(
  placed: { readonly x: number; readonly y: number },
  size: { readonly width: number; readonly height: number },
  anchor: { readonly x: number; readonly y: number },
): { readonly x: number; readonly y: number } {
  const dx = anchor.x - placed.x;
  const dy = anchor.y - placed.y;
  const scale = Math.min(
    dx === 0 ? Infinity : size.width / 2 / Math.abs(dx),
    dy === 0 ? Infinity : size.height / 2 / Math.abs(dy),
    1,
  );
  return { x: placed.x + dx * scale, y: placed.y + dy * scale };
}
