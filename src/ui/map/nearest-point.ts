/** @file Which cell is under the pointer: one pass over the drawn points, no read-back from the GPU. */

/**
 * Index of the point nearest to (x, y), or −1 if none is within the radius; later points win ties.
 *
 * Memory is read in order, which is several times as fast as in drawing order; only points that are near are asked about.
 *
 * @param positions x, y pairs of all points
 * @param accepts   whether a point is drawn; null: all are
 * @param radius    in the units of the positions
 */
export function nearestPoint(
  positions: Float32Array,
  accepts: ((index: number) => boolean) | null,
  x: number,
  y: number,
  radius: number,
): number {
  const count = positions.length / 2;
  let best = radius * radius;
  let found = -1;
  for (let index = 0; index < count; index += 1) {
    const dx = positions[2 * index] - x;
    const dy = positions[2 * index + 1] - y;
    const distance = dx * dx + dy * dy;
    if (distance <= best && (accepts === null || accepts(index))) {
      best = distance;
      found = index;
    }
  }
  return found;
}
