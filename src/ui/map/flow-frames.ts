/** @file Synthetic cells between noise and cell: positions at any flow time from a few computed ones. */

/**
 * Positions at flow time t, linear between the two nearest frames.
 *
 * @param frames [count, cells, 2], evenly spaced over t in [0, 1]
 * @returns x, y pairs, [2·cells]
 */
export function interpolateFrames(frames: Float32Array, count: number, t: number): Float32Array {
  const size = count > 0 ? Math.floor(frames.length / count) : 0;
  const out = new Float32Array(size);
  if (count === 0) return out;
  const at = Math.min(1, Math.max(0, t)) * (count - 1);
  const index = Math.min(Math.max(0, count - 2), Math.floor(at));
  const share = at - index;
  const from = index * size;
  const to = Math.min(count - 1, index + 1) * size;
  for (let i = 0; i < size; i += 1)
    out[i] = frames[from + i] + (frames[to + i] - frames[from + i]) * share;
  return out;
}

/** One cell's way from noise to cell, as x, y pairs. */
export interface FlowPath {
  readonly cell: number;
  /** From t = 0 to the present time. */
  readonly past: Float32Array;
  /** From the present time to t = 1. */
  readonly future: Float32Array;
}

/** Ways of some cells, or of at most so many evenly chosen ones, split at time t; both parts meet in the present place. */
export function flowPaths(
  frames: Float32Array,
  count: number,
  t: number,
  which: number | Int32Array,
): FlowPath[] {
  const cells = count > 0 ? Math.floor(frames.length / count / 2) : 0;
  const chosen =
    typeof which === 'number'
      ? Array.from({ length: Math.min(which, cells) }, (_, index) =>
          Math.floor((index * cells) / Math.min(which, cells)),
        )
      : Array.from(which);
  const now = interpolateFrames(frames, count, t);
  const at = Math.min(1, Math.max(0, t)) * (count - 1);
  return chosen.map((cell) => {
    const place = (frame: number): number[] => {
      const start = 2 * (frame * cells + cell);
      return [frames[start], frames[start + 1]];
    };
    const present = [now[2 * cell], now[2 * cell + 1]];
    const past: number[] = [];
    const future: number[] = [...present];
    for (let frame = 0; frame < count; frame += 1) {
      if (frame < at) past.push(...place(frame));
      else if (frame > at) future.push(...place(frame));
    }
    return {
      cell,
      past: Float32Array.from([...past, ...present]),
      future: Float32Array.from(future),
    };
  });
}
