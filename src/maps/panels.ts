/** @file Points in panels of eight, depth by depth, as the blocked products of the neighbour search read them. */

/** Points of a panel. */
export const PANEL = 8;

/** Panels that so many points fill. */
export function panelsOf(points: number): number {
  return Math.ceil(points / PANEL);
}

/**
 * Writes `dims` values of `rows` from `from` on, less `shift`, as point `slot` of the panels, and returns half its squared length.
 */
export function putIntoPanel(
  rows: Float32Array,
  from: number,
  dims: number,
  shift: Float32Array,
  panels: Float32Array,
  slot: number,
): number {
  const at = Math.floor(slot / PANEL) * PANEL * dims + (slot % PANEL);
  let sum = 0;
  for (let d = 0; d < dims; d++) {
    const value = Math.fround(rows[from + d] - shift[d]);
    panels[at + d * PANEL] = value;
    sum += value * value;
  }
  return sum / 2;
}

/** Mean of rows [rows, dims]: lengths, and so the rounding of products, are least about it. */
export function meanRow(values: Float32Array, rows: number, dims: number): Float32Array {
  const mean = new Float64Array(dims);
  for (let i = 0; i < rows; i++) {
    for (let d = 0; d < dims; d++) mean[d] += values[i * dims + d];
  }
  return Float32Array.from(mean, (sum) => (rows > 0 ? sum / rows : 0));
}
