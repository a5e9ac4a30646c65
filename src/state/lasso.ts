/** @file Which points lie inside a drawn line: a raster of the polygon answers for almost all, the exact test for those at its edge. */

/** Side of the raster in squares. */
const SIDE = 512;
const INSIDE = 1;
const EDGE = 2;

/** Whether a point lies inside a polygon (x, y pairs, closed by itself), even–odd rule. */
export function insidePolygon(polygon: Float32Array, x: number, y: number): boolean {
  let inside = false;
  const n = polygon.length;
  for (let i = 0, j = n - 2; i < n; j = i, i += 2) {
    const yi = polygon[i + 1];
    const yj = polygon[j + 1];
    if (yi > y !== yj > y && x < ((polygon[j] - polygon[i]) * (y - yi)) / (yj - yi) + polygon[i])
      inside = !inside;
  }
  return inside;
}

/** The polygon on a grid: squares that its line touches, squares inside, squares outside. */
class Raster {
  readonly squares = new Uint8Array(SIDE * SIDE);
  /** The sides of the polygon that reach into each row of squares: index of their end corner. */
  readonly #sides: number[][] = Array.from({ length: SIDE }, () => []);
  readonly #polygon: Float32Array;
  readonly x: number;
  readonly y: number;
  readonly scaleX: number;
  readonly scaleY: number;

  constructor(polygon: Float32Array) {
    let [lowX, lowY, highX, highY] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < polygon.length; i += 2) {
      lowX = Math.min(lowX, polygon[i]);
      highX = Math.max(highX, polygon[i]);
      lowY = Math.min(lowY, polygon[i + 1]);
      highY = Math.max(highY, polygon[i + 1]);
    }
    this.x = lowX;
    this.y = lowY;
    // a hair less than SIDE, so that the far edge falls into the last square
    this.scaleX = (SIDE * (1 - 1e-6)) / Math.max(highX - lowX, Number.MIN_VALUE);
    this.scaleY = (SIDE * (1 - 1e-6)) / Math.max(highY - lowY, Number.MIN_VALUE);
    this.#polygon = polygon;
    this.#sortSides(polygon);
    this.#fill(polygon);
    this.#drawLine(polygon);
  }

  #sortSides(polygon: Float32Array): void {
    for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
      const a = Math.floor((polygon[i + 1] - this.y) * this.scaleY);
      const b = Math.floor((polygon[j + 1] - this.y) * this.scaleY);
      // one row to each side against rounding
      const last = Math.min(SIDE - 1, Math.max(a, b) + 1);
      for (let row = Math.max(0, Math.min(a, b) - 1); row <= last; row += 1)
        this.#sides[row].push(i);
    }
  }

  /** The exact answer for a point in a row of squares: as insidePolygon, over the sides of that row alone. */
  exact(x: number, y: number, row: number): 0 | 1 {
    const polygon = this.#polygon;
    let inside: 0 | 1 = 0;
    for (const i of this.#sides[row]) {
      const j = i === 0 ? polygon.length - 2 : i - 2;
      const yi = polygon[i + 1];
      const yj = polygon[j + 1];
      if (yi > y !== yj > y && x < ((polygon[j] - polygon[i]) * (y - yi)) / (yj - yi) + polygon[i])
        inside = inside === 1 ? 0 : 1;
    }
    return inside;
  }

  /** Squares whose middle is inside, row by row. */
  #fill(polygon: Float32Array): void {
    const crossings: number[] = [];
    for (let row = 0; row < SIDE; row += 1) {
      const y = this.y + (row + 0.5) / this.scaleY;
      crossings.length = 0;
      for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
        const yi = polygon[i + 1];
        const yj = polygon[j + 1];
        if (yi > y === yj > y) continue;
        const x = ((polygon[j] - polygon[i]) * (y - yi)) / (yj - yi) + polygon[i];
        crossings.push((x - this.x) * this.scaleX);
      }
      crossings.sort((a, b) => a - b);
      for (let c = 0; c + 1 < crossings.length; c += 2) {
        const from = Math.max(0, Math.ceil(crossings[c] - 0.5));
        const to = Math.min(SIDE - 1, Math.floor(crossings[c + 1] - 0.5));
        if (to >= from) this.squares.fill(INSIDE, row * SIDE + from, row * SIDE + to + 1);
      }
    }
  }

  /** Marks every square near the line, with one square to each side against rounding. */
  #drawLine(polygon: Float32Array): void {
    for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
      const fromX = (polygon[j] - this.x) * this.scaleX;
      const fromY = (polygon[j + 1] - this.y) * this.scaleY;
      const toX = (polygon[i] - this.x) * this.scaleX;
      const toY = (polygon[i + 1] - this.y) * this.scaleY;
      const steps = Math.max(1, Math.ceil(Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY))));
      for (let step = 0; step <= steps; step += 1) {
        const column = Math.floor(fromX + ((toX - fromX) * step) / steps);
        const row = Math.floor(fromY + ((toY - fromY) * step) / steps);
        for (let r = Math.max(0, row - 1); r <= Math.min(SIDE - 1, row + 1); r += 1) {
          const left = Math.max(0, column - 1);
          this.squares.fill(EDGE, r * SIDE + left, r * SIDE + Math.min(SIDE - 1, column + 1) + 1);
        }
      }
    }
  }
}

/**
 * Marks the points inside a polygon.
 *
 * @param positions x, y pairs; points without finite ones are outside
 * @param polygon   x, y pairs in the same coordinates; fewer than 3 corners hold nothing
 * @returns 1 inside, 0 outside, one a point
 */
export function pointsInside(positions: Float32Array, polygon: Float32Array): Uint8Array {
  const count = positions.length / 2;
  const mask = new Uint8Array(count);
  if (polygon.length < 6) return mask;
  const raster = new Raster(polygon);
  const { squares, x, y, scaleX, scaleY } = raster;
  for (let point = 0; point < count; point += 1) {
    const column = (positions[2 * point] - x) * scaleX;
    const row = (positions[2 * point + 1] - y) * scaleY;
    if (!(column >= 0 && column < SIDE && row >= 0 && row < SIDE)) continue;
    const square = squares[(row | 0) * SIDE + (column | 0)];
    if (square === EDGE)
      mask[point] = raster.exact(positions[2 * point], positions[2 * point + 1], row | 0);
    else mask[point] = square;
  }
  return mask;
}

/** How a new set changes the one before. */
export type SelectMode = 'replace' | 'add' | 'subtract';

/** Combines two masks of equal length into a new one; without one before, subtracting leaves nothing. */
export function combineMasks(
  before: Uint8Array | null,
  next: Uint8Array,
  mode: SelectMode,
): Uint8Array {
  if (mode === 'replace') return next;
  const out = new Uint8Array(next.length);
  for (let i = 0; i < out.length; i += 1) {
    const old = before?.[i] ?? 0;
    out[i] = mode === 'add' ? old | next[i] : old & (1 - next[i]);
  }
  return out;
}

/** Number of marked points. */
export function countMarked(mask: Uint8Array | null): number {
  let count = 0;
  if (mask) for (const mark of mask) count += mark;
  return count;
}

/** Positions of the marked points, ascending. */
export function markedRows(mask: Uint8Array | null): Int32Array {
  const rows = new Int32Array(countMarked(mask));
  let at = 0;
  mask?.forEach((mark, row) => {
    if (mark === 1) rows[at++] = row;
  });
  return rows;
}
