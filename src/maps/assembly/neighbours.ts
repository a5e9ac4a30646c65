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

/** A panel holds 8 points, depth by depth. */
const PANEL: i32 = 8;

@inline
function grow(sum: v128, row: v128, points: v128): v128 {
  return f32x4.add(sum, f32x4.mul(row, points));
}

/** Dot products of 4 rows with the 8 points of a panel, [4, 8], over `depth` floats, into `out`. One depth a round: more would spill registers. */
@inline
function products(r0: usize, r1: usize, r2: usize, r3: usize, panel: usize, depth: i32, out: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  for (let d = depth; d > 0; d--) {
    const left = v128.load(panel);
    const right = v128.load(panel, 16);
    let x = v128.load_splat<f32>(r0); a0 = grow(a0, x, left); a1 = grow(a1, x, right);
    x = v128.load_splat<f32>(r1); b0 = grow(b0, x, left); b1 = grow(b1, x, right);
    x = v128.load_splat<f32>(r2); c0 = grow(c0, x, left); c1 = grow(c1, x, right);
    x = v128.load_splat<f32>(r3); d0 = grow(d0, x, left); d1 = grow(d1, x, right);
    panel += 32;
    r0 += 4; r1 += 4; r2 += 4; r3 += 4;
  }
  v128.store(out, a0); v128.store(out, a1, 16); v128.store(out, b0, 32); v128.store(out, b1, 48);
  v128.store(out, c0, 64); v128.store(out, c1, 80); v128.store(out, d0, 96); v128.store(out, d1, 112);
}

/** Puts a point into a row's list of the `k` nearest, whose last entry is the row's limit. */
function insert(row: i32, point: i32, half: f32, k: i32, limits: usize, halves: usize, indices: usize): void {
  const values = halves + (<usize>(row * k) << 2);
  const names = indices + (<usize>(row * k) << 2);
  let place = k - 1;
  while (place > 0) {
    const at = <usize>(place - 1) << 2;
    const before = load<f32>(values + at);
    if (!(before > half)) break;
    store<f32>(values + at, before, 4);
    store<i32>(names + at, load<i32>(names + at), 4);
    place--;
  }
  store<f32>(values + (<usize>place << 2), half);
  store<i32>(names + (<usize>place << 2), point);
  store<f32>(limits + (<usize>row << 2), load<f32>(values + (<usize>(k - 1) << 2)));
}

/**
 * Half the squared distances of `count` rows (`ids`, a multiple of 4) to the points of some panels, by their products; a point nearer than a
 * row's limit goes into the row's list. `ownHalf` and `pointHalf` are half the squared lengths.
 */
export function scanPanels(
  ids: usize,
  count: i32,
  firstPanel: i32,
  lastPanel: i32,
  depth: i32,
  rows: usize,
  ownHalf: usize,
  panels: usize,
  pointHalf: usize,
  k: i32,
  limits: usize,
  halves: usize,
  indices: usize,
  out: usize,
): void {
  const stride = <usize>depth << 2;
  for (let g = 0; g < count; g += 4) {
    const group = ids + (<usize>g << 2);
    const r0 = rows + <usize>load<i32>(group) * stride;
    const r1 = rows + <usize>load<i32>(group, 4) * stride;
    const r2 = rows + <usize>load<i32>(group, 8) * stride;
    const r3 = rows + <usize>load<i32>(group, 12) * stride;
    for (let p = firstPanel; p < lastPanel; p++) {
      products(r0, r1, r2, r3, panels + <usize>(p * PANEL) * stride, depth, out);
      const half = pointHalf + (<usize>(p * PANEL) << 2);
      const left = v128.load(half);
      const right = v128.load(half, 16);
      for (let r = 0; r < 4; r++) {
        const row = load<i32>(group + (<usize>r << 2));
        const dots = out + (<usize>r << 5);
        const own = v128.load32_splat(ownHalf + (<usize>row << 2));
        const limit = v128.load32_splat(limits + (<usize>row << 2));
        const h0 = f32x4.sub(f32x4.add(own, left), v128.load(dots));
        const h1 = f32x4.sub(f32x4.add(own, right), v128.load(dots, 16));
        if (!v128.any_true(v128.or(f32x4.lt(h0, limit), f32x4.lt(h1, limit)))) continue;
        v128.store(dots, h0);
        v128.store(dots, h1, 16);
        for (let lane = 0; lane < PANEL; lane++) {
          const value = load<f32>(dots + (<usize>lane << 2));
          if (value < load<f32>(limits + (<usize>row << 2)))
            insert(row, p * PANEL + lane, value, k, limits, halves, indices);
        }
      }
    }
  }
}

/** Half the squared distances of 4 rows (`ids`) to all points of the panels, written to `to` [4, points]. */
export function measurePanels(ids: usize, lastPanel: i32, depth: i32, rows: usize, ownHalf: usize, panels: usize, pointHalf: usize, out: usize, to: usize): void {
  const stride = <usize>depth << 2;
  const r0 = rows + <usize>load<i32>(ids) * stride;
  const r1 = rows + <usize>load<i32>(ids, 4) * stride;
  const r2 = rows + <usize>load<i32>(ids, 8) * stride;
  const r3 = rows + <usize>load<i32>(ids, 12) * stride;
  for (let p = 0; p < lastPanel; p++) {
    products(r0, r1, r2, r3, panels + <usize>(p * PANEL) * stride, depth, out);
    const half = pointHalf + (<usize>(p * PANEL) << 2);
    for (let r = 0; r < 4; r++) {
      const own = v128.load32_splat(ownHalf + (<usize>load<i32>(ids + (<usize>r << 2)) << 2));
      const dots = out + (<usize>r << 5);
      const place = to + (<usize>((r * lastPanel + p) * PANEL) << 2);
      v128.store(place, f32x4.sub(f32x4.add(own, v128.load(half)), v128.load(dots)));
      v128.store(place, f32x4.sub(f32x4.add(own, v128.load(half, 16)), v128.load(dots, 16)), 16);
    }
  }
}

/**
 * All pairs of rows `from` … `to − 1` (multiples of 4) and the points of panels `firstPanel` … `lastPanel − 1`, which are the same points: each
 * pair (i, j) with i < j once, into the lists of both.
 */
export function joinPairs(
  from: i32,
  to: i32,
  firstPanel: i32,
  lastPanel: i32,
  depth: i32,
  rows: usize,
  panels: usize,
  half: usize,
  k: i32,
  limits: usize,
  halves: usize,
  indices: usize,
  out: usize,
): void {
  const stride = <usize>depth << 2;
  for (let i = from; i < to; i += 4) {
    const r0 = rows + <usize>i * stride;
    for (let p = firstPanel; p < lastPanel; p++) {
      products(r0, r0 + stride, r0 + 2 * stride, r0 + 3 * stride, panels + <usize>(p * PANEL) * stride, depth, out);
      const points = <usize>(p * PANEL) << 2;
      const left = v128.load(half + points);
      const right = v128.load(half + points, 16);
      for (let r = 0; r < 4; r++) {
        const row = <usize>(i + r) << 2;
        const dots = out + (<usize>r << 5);
        const own = v128.load32_splat(half + row);
        const limit = v128.load32_splat(limits + row);
        const h0 = f32x4.sub(f32x4.add(own, left), v128.load(dots));
        const h1 = f32x4.sub(f32x4.add(own, right), v128.load(dots, 16));
        const near0 = f32x4.lt(h0, f32x4.pmax(limit, v128.load(limits + points)));
        const near1 = f32x4.lt(h1, f32x4.pmax(limit, v128.load(limits + points, 16)));
        if (!v128.any_true(v128.or(near0, near1))) continue;
        v128.store(dots, h0);
        v128.store(dots, h1, 16);
        for (let lane = 0; lane < PANEL; lane++) {
          const j = p * PANEL + lane;
          if (j <= i + r) continue;
          const value = load<f32>(dots + (<usize>lane << 2));
          if (value < load<f32>(limits + row)) insert(i + r, j, value, k, limits, halves, indices);
          if (value < load<f32>(limits + (<usize>j << 2))) insert(j, i + r, value, k, limits, halves, indices);
        }
      }
    }
  }
}
