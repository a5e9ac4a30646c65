/** @file Lines of equal density of cells on a map: a blurred grid of counts, cut by marching squares. */
import type { ContourLines, ContourRequest } from '../../protocol/study.ts';

const GRID = 160;
const MARGIN = 0.06;
/** Standard deviation of the blur in grid cells. */
const BLUR = 2.4;

interface Frame {
  readonly x: number;
  readonly y: number;
  /** Units of the map per grid cell. */
  readonly step: number;
}

/**
 * Contours of every category: `levels` lines at even shares of its own highest density, outermost first.
 * Categories with fewer than 5 placed cells have none.
 */
export function densityContours(request: ContourRequest): ContourLines[] {
  const { positions, codes, categories, levels } = request;
  const frame = frameOf(positions);
  if (!frame) return [];
  const grids = Array.from({ length: categories }, () => null as Float32Array | null);
  const sizes = new Int32Array(categories);
  for (let cell = 0; cell < codes.length; cell++) {
    const code = codes[cell];
    const column = Math.floor((positions[2 * cell] - frame.x) / frame.step);
    const row = Math.floor((positions[2 * cell + 1] - frame.y) / frame.step);
    if (!(column >= 0 && row >= 0) || code < 0 || code >= categories) continue;
    const grid = (grids[code] ??= new Float32Array(GRID * GRID));
    grid[Math.min(GRID - 1, row) * GRID + Math.min(GRID - 1, column)]++;
    sizes[code]++;
  }
  return grids.flatMap((grid, category) => {
    if (!grid || sizes[category] < 5) return [];
    const density = blur(grid);
    const top = density.reduce((most, value) => Math.max(most, value), 0);
    return Array.from({ length: levels }, (_, level) => {
      const share = 0.08 + (0.82 * level) / Math.max(1, levels - 1);
      return { category, level, ...trace(density, top * share, frame) };
    });
  });
}

/** A square frame around all placed cells with a margin; null when nothing is placed. */
function frameOf(positions: Float32Array): Frame | null {
  let [lowX, lowY, highX, highY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 2) {
    const x = positions[i];
    const y = positions[i + 1];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    if (x < lowX) lowX = x;
    if (x > highX) highX = x;
    if (y < lowY) lowY = y;
    if (y > highY) highY = y;
  }
  if (lowX > highX) return null;
  const span = Math.max(highX - lowX, highY - lowY, 1e-6) * (1 + 2 * MARGIN);
  return {
    x: (lowX + highX - span) / 2,
    y: (lowY + highY - span) / 2,
    step: span / GRID,
  };
}

/** Gaussian blur along both axes. */
function blur(grid: Float32Array): Float32Array {
  const reach = Math.ceil(3 * BLUR);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / BLUR) ** 2),
  );
  const pass = (from: Float32Array, stride: number, other: number): Float32Array => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < GRID; line++) {
      for (let at = 0; at < GRID; at++) {
        const value = from[line * other + at * stride];
        if (value === 0) continue;
        const first = Math.max(-reach, -at);
        const last = Math.min(reach, GRID - 1 - at);
        for (let k = first; k <= last; k++)
          to[line * other + (at + k) * stride] += value * kernel[k + reach];
      }
    }
    return to;
  };
  return pass(pass(grid, 1, GRID), GRID, 1);
}

/** Line strips at one level: marching squares whose segments are joined end to end. */
function trace(density: Float32Array, level: number, frame: Frame) {
  // Edges are numbered: 2·corner for the one to the right, 2·corner + 1 for the one upwards.
  const links = new Map<number, number[]>();
  const link = (a: number, b: number): void => {
    const from = links.get(a);
    if (from) from.push(b);
    else links.set(a, [b]);
  };
  const join = (a: number, b: number): void => {
    link(a, b);
    link(b, a);
  };
  for (let row = 0; row + 1 < GRID; row++) {
    for (let column = 0; column + 1 < GRID; column++) {
      const at = row * GRID + column;
      const shape =
        (density[at] >= level ? 1 : 0) +
        (density[at + 1] >= level ? 2 : 0) +
        (density[at + GRID + 1] >= level ? 4 : 0) +
        (density[at + GRID] >= level ? 8 : 0);
      const edges = [2 * at, 2 * (at + 1) + 1, 2 * (at + GRID), 2 * at + 1];
      for (const [a, b] of SEGMENTS[shape]) join(edges[a], edges[b]);
    }
  }
  const points: number[] = [];
  const starts: number[] = [];
  const place = (edge: number): void => {
    const corner = edge >> 1;
    const next = edge % 2 === 0 ? corner + 1 : corner + GRID;
    const share = (level - density[corner]) / (density[next] - density[corner]);
    const column = (corner % GRID) + (edge % 2 === 0 ? share : 0) + 0.5;
    const row = Math.floor(corner / GRID) + (edge % 2 === 0 ? 0 : share) + 0.5;
    points.push(frame.x + column * frame.step, frame.y + row * frame.step);
  };
  for (const start of links.keys()) {
    if ((links.get(start) ?? []).length === 0) continue;
    starts.push(points.length / 2);
    place(start);
    for (let here = start; ;) {
      const next = links.get(here)?.pop();
      if (next === undefined) break;
      const back = links.get(next) ?? [];
      back.splice(back.indexOf(here), 1);
      place(next);
      here = next;
    }
  }
  return { points: Float32Array.from(points), starts: Uint32Array.from(starts) };
}

/** Which edges (bottom, right, top, left) the line joins for each pattern of corners inside. */
const SEGMENTS: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[3, 0]],
  [[0, 1]],
  [[3, 1]],
  [[1, 2]],
  [
    [3, 0],
    [1, 2],
  ],
  [[0, 2]],
  [[3, 2]],
  [[2, 3]],
  [[2, 0]],
  [
    [0, 1],
    [2, 3],
  ],
  [[2, 1]],
  [[1, 3]],
  [[1, 0]],
  [[0, 3]],
  [],
];
