/** @file Which cell is under the pointer: one pass over the drawn points, no read-back from the GPU. */

/**
 * Index of the drawn point nearest to (x, y), or −1 if none is within the radius; later-drawn points win ties.
 *
 * @param positions x, y pairs of all points
 * @param drawn     indices of the drawn points in drawing order, or null for all
 * @param radius    in the units of the positions
 */
export function nearestPoint(
  positions: Float32Array,
  drawn: Uint32Array | null,
  x: number,
  y: number,
  radius: number,
): number {
  const count = drawn ? drawn.length : positions.length / 2;
  let best = radius * radius;
  let found = -1;
  for (let at = 0; at < count; at += 1) {
    const index = drawn ? drawn[at] : at;
    const dx = positions[2 * index] - x;
    const dy = positions[2 * index + 1] - y;
    const distance = dx * dx + dy * dy;
    if (distance <= best) {
      best = distance;
      found = index;
    }
  }
  return found;
}
