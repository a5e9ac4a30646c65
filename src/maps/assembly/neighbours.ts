/** @file Nearest neighbours in an inverted list, in AssemblyScript with SIMD; the caller lays out the memory. */

/** Sum of the four lanes. */
@inline
function lanes(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.add(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

@inline
function square(a: usize, b: usize, sum: v128): v128 {
  const gap = f32x4.sub(v128.load(a), v128.load(b));
  return f32x4.add(sum, f32x4.mul(gap, gap));
}

/** Squared distance of two rows of `width` floats (a multiple of 8). No early end: the branch costs more than it saves. */
@inline
function distance(a: usize, b: usize, width: usize): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  const end = a + (width << 2);
  do {
    s0 = square(a, b, s0);
    s1 = square(a + 16, b + 16, s1);
    a += 32;
    b += 32;
  } while (a < end);
  return lanes(f32x4.add(s0, s1));
}

/** Distances to all centres, and the nearest `count` lists in order. */
function rank(query: usize, width: usize, centres: usize, lists: i32, count: i32, to: usize, order: usize): void {
  let held = 0;
  for (let c = 0; c < lists; c++) {
    const d = Mathf.sqrt(distance(query, centres + (<usize>c * width << 2), width));
    store<f32>(to + (<usize>c << 2), d);
    if (held == count && !(d < load<f32>(to + (<usize>load<i32>(order + (<usize>(held - 1) << 2)) << 2)))) continue;
    let place = held < count ? held++ : held - 1;
    while (place > 0) {
      const before = load<i32>(order + (<usize>(place - 1) << 2));
      if (!(load<f32>(to + (<usize>before << 2)) > d)) break;
      store<i32>(order + (<usize>place << 2), before);
      place--;
    }
    store<i32>(order + (<usize>place << 2), c);
  }
}

/**
 * The k nearest points of one query among the nearest `count` of `lists` lists.
 * `indices` [k] must hold −1 and `squares` [k] Infinity. A point is skipped where |d(query, centre) − d(point, centre)| is too large.
 */
export function search(
  query: usize,
  width: usize,
  centres: usize,
  lists: i32,
  count: i32,
  points: usize,
  starts: usize,
  fromCentre: usize,
  k: i32,
  indices: usize,
  squares: usize,
  to: usize,
  order: usize,
): void {
  rank(query, width, centres, lists, count, to, order);
  const last = squares + (<usize>(k - 1) << 2);
  let worst = load<f32>(last);
  for (let l = 0; l < count; l++) {
    const list = load<i32>(order + (<usize>l << 2));
    const centre = load<f32>(to + (<usize>list << 2));
    const first = load<i32>(starts + (<usize>list << 2));
    for (let p = load<i32>(starts + (<usize>(list + 1) << 2)) - 1; p >= first; p--) {
      const gap = centre - load<f32>(fromCentre + (<usize>p << 2));
      // a hair of room, because sums in single precision may round the bound up
      if (gap * gap * <f32>0.99999 >= worst) {
        if (gap > 0) break;
        continue;
      }
      const d = distance(query, points + (<usize>p * width << 2), width);
      if (!(d < worst)) continue;
      let place = k - 1;
      while (place > 0) {
        const at = <usize>(place - 1) << 2;
        const before = load<f32>(squares + at);
        if (!(before > d)) break;
        store<f32>(squares + at + 4, before);
        store<i32>(indices + at + 4, load<i32>(indices + at));
        place--;
      }
      store<f32>(squares + (<usize>place << 2), d);
      store<i32>(indices + (<usize>place << 2), p);
      worst = load<f32>(last);
    }
  }
}

/** The nearest of `count` centres to a row; its squared distance is written to `out`. */
export function nearest(row: usize, width: usize, centres: usize, count: i32, out: usize): i32 {
  let best: f32 = Infinity;
  let found = 0;
  for (let c = 0; c < count; c++) {
    const d = distance(row, centres + (<usize>c * width << 2), width);
    if (d < best) {
      best = d;
      found = c;
    }
  }
  store<f32>(out, best);
  return found;
}
