/** @file Colours of cells, one pass over typed arrays: a table look-up for categories, a scaled one for numbers. */
import { tableSize, type ValueRange } from './colour-scale.ts';

/**
 * The order in which cells are drawn, and which of them: missing values first, the rest well mixed,
 * so that no category lies on top of another only because the file is sorted by it.
 *
 * @param positions x, y pairs; cells without finite ones are left out
 * @param codes     category codes (−1 missing) or null
 * @param shown     1 for each category that is drawn; missing values are always drawn
 */
export function drawOrder(
  positions: Float32Array,
  codes: Int32Array | null,
  shown: Uint8Array | null,
): Uint32Array {
  const count = positions.length / 2;
  const order = new Uint32Array(count);
  const step = mixingStep(count);
  let filled = 0;
  for (const missing of codes ? [true, false] : [false]) {
    let cell = 0;
    for (let turn = 0; turn < count; turn += 1) {
      const code = codes ? (codes[cell] ?? -1) : 0;
      if (code < 0 === missing && (missing || !shown || shown[code] === 1)) {
        if (Number.isFinite(positions[2 * cell]) && Number.isFinite(positions[2 * cell + 1]))
          order[filled++] = cell;
      }
      cell += step;
      if (cell >= count) cell -= count;
    }
  }
  return order.subarray(0, filled);
}

/** A step near the golden share of n that visits every index once. */
function mixingStep(n: number): number {
  if (n < 3) return 1;
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let step = Math.max(1, Math.round(n * 0.618034));
  while (divisor(step, n) !== 1) step += 1;
  return step % n === 0 ? 1 : step;
}

/** Drawn positions with a zero third coordinate, [3·drawn]; drawn null: all. */
export function gatherPositions(positions: Float32Array, drawn: Uint32Array | null): Float32Array {
  const count = drawn ? drawn.length : positions.length / 2;
  const out = new Float32Array(3 * count);
  for (let at = 0; at < count; at += 1) {
    const cell = drawn ? drawn[at] : at;
    out[3 * at] = positions[2 * cell];
    out[3 * at + 1] = positions[2 * cell + 1];
  }
  return out;
}

/**
 * RGBA bytes of cells by category, [4·drawn].
 *
 * @param table packed colour per category; the last entry is for missing values and codes outside the table
 */
export function paintCategories(
  codes: Int32Array,
  drawn: Uint32Array | null,
  table: Uint32Array,
): Uint8Array {
  const count = drawn ? drawn.length : codes.length;
  const out = new Uint32Array(count);
  const missing = table.length - 1;
  for (let at = 0; at < count; at += 1) {
    const code = codes[drawn ? drawn[at] : at];
    out[at] = table[code >= 0 && code < missing ? code : missing];
  }
  return new Uint8Array(out.buffer);
}

/** RGBA bytes of cells by value, [4·drawn]; values outside the range take its ends, not finite ones `missing`. */
export function paintNumbers(
  values: Float32Array,
  drawn: Uint32Array | null,
  range: ValueRange,
  table: Uint32Array,
  missing: number,
): Uint8Array {
  const count = drawn ? drawn.length : values.length;
  const out = new Uint32Array(count);
  const scale = (tableSize - 1) / (range.high - range.low);
  for (let at = 0; at < count; at += 1) {
    const share = (values[drawn ? drawn[at] : at] - range.low) * scale;
    if (share >= 0) out[at] = table[share < tableSize ? (share + 0.5) | 0 : tableSize - 1];
    else out[at] = share < 0 ? table[0] : missing;
  }
  return new Uint8Array(out.buffer);
}

/** RGBA bytes of one colour for n cells. */
export function paintPlain(count: number, colour: number): Uint8Array {
  return new Uint8Array(new Uint32Array(count).fill(colour).buffer);
}

/** Cells per category, [categories + 1]; the last entry counts missing ones. */
export function countCategories(codes: Int32Array, categories: number): Uint32Array {
  const counts = new Uint32Array(categories + 1);
  for (const code of codes) counts[code >= 0 && code < categories ? code : categories] += 1;
  return counts;
}
