/** @file One stretch of UMAP's layout, in AssemblyScript; the same steps as the plain code in umap-layout.ts. */

const NEGATIVE_SAMPLES: f32 = 5;
const CLIP: f32 = 4;
const STEP_BITS: i32 = 17;
const TABLE_OFFSET: i32 = (127 - 32) * 64;
const LAST_CELL: i32 = 64 * 64 - 1;
const REST_MASK: i32 = (1 << STEP_BITS) - 1;
const REST_SCALE: f32 = 1 / <f32>(1 << STEP_BITS);

/** Linear interpolation in a table over the bits of a squared distance; outside its range, the end value. */
@inline
function lookUp(table: usize, square: f32): f32 {
  const word = reinterpret<i32>(square);
  const cell = (word >> STEP_BITS) - TABLE_OFFSET;
  if (cell < 0) return load<f32>(table);
  if (cell > LAST_CELL) return load<f32>(table + (<usize>(LAST_CELL + 1) << 2));
  const at = table + (<usize>cell << 2);
  const low = load<f32>(at);
  return low + <f32>(word & REST_MASK) * REST_SCALE * (load<f32>(at, 4) - low);
}

@inline
function clip(value: f32): f32 {
  return max<f32>(-CLIP, min<f32>(CLIP, value));
}

/**
 * Edges `from` … `to − 1` of one epoch with step size alpha: each due edge pulls its ends together and pushes its head from random cells.
 * Returns the state of the random numbers.
 */
export function descend(
  positions: usize,
  cells: u32,
  heads: usize,
  tails: usize,
  every: usize,
  next: usize,
  nextPush: usize,
  from: i32,
  to: i32,
  epoch: f32,
  alpha: f32,
  pull: usize,
  push: usize,
  state: u32,
): u32 {
  for (let e = from; e < to; e++) {
    const edge = <usize>e << 2;
    const due = load<f32>(next + edge);
    if (due > epoch) continue;
    const between = load<f32>(every + edge);
    store<f32>(next + edge, due + between);
    const head = positions + (<usize>load<u32>(heads + edge) << 3);
    const tail = positions + (<usize>load<u32>(tails + edge) << 3);
    let x = load<f32>(head);
    let y = load<f32>(head, 4);
    let dx = x - load<f32>(tail);
    let dy = y - load<f32>(tail, 4);
    let square = dx * dx + dy * dy;
    if (square != 0) {
      const force = lookUp(pull, square);
      const gx = clip(force * dx) * alpha;
      const gy = clip(force * dy) * alpha;
      x += gx;
      y += gy;
      store<f32>(tail, load<f32>(tail) - gx);
      store<f32>(tail, load<f32>(tail, 4) - gy, 4);
    }
    const step = between / NEGATIVE_SAMPLES;
    const pushed = load<f32>(nextPush + edge);
    const pushes = <i32>((epoch - pushed) / step);
    for (let p = 0; p < pushes; p++) {
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      const other = positions + (<usize>((<u64>state * cells) >> 32) << 3);
      dx = x - load<f32>(other);
      dy = y - load<f32>(other, 4);
      square = dx * dx + dy * dy;
      if (square == 0 || other == head) continue;
      const force = lookUp(push, square);
      x += clip(force * dx) * alpha;
      y += clip(force * dy) * alpha;
    }
    store<f32>(head, x);
    store<f32>(head, y, 4);
    store<f32>(nextPush + edge, pushed + <f32>pushes * step);
  }
  return state;
}
