/**
 * @file Normals of a row by Philox and Box–Muller, and sinusoidal features of times: the same numbers as numerics/random.
 *
 * Grid: one invocation per four normals, or per feature pair. Products of times and speeds are split into parts that float32
 * holds exactly, so whole turns fall away without rounding.
 */
import type { GpuKernel } from '../kernel.ts';
import { reads, readsWords, writes } from '../shader.ts';

const LANES = 256;

/** √(−2 log u) · (cos, sin) 2πw from two words. */
const BOX_MULLER = `fn boxMuller(a: u32, b: u32) -> vec2f {
  var minusLog = 0.0;
  // Close to 1 float32 cannot hold u: there −log u is taken from the distance to 1.
  if (a > 0xc0000000u) {
    let gap = (f32(~a) + 0.5) * 2.3283064365386963e-10;
    var q = 1.0 / 9.0;
    q = fma(q, gap, 1.0 / 8.0);
    q = fma(q, gap, 1.0 / 7.0);
    q = fma(q, gap, 1.0 / 6.0);
    q = fma(q, gap, 1.0 / 5.0);
    q = fma(q, gap, 1.0 / 4.0);
    q = fma(q, gap, 1.0 / 3.0);
    q = fma(q, gap, 1.0 / 2.0);
    minusLog = fma(q * gap, gap, gap);
  } else {
    minusLog = -logOf((f32(a) + 0.5) * 2.3283064365386963e-10);
  }
  // As signed numbers the words are turns between −½ and ½.
  return sqrt(2.0 * minusLog) * sineCosine(f32(bitcast<i32>(b)) * 2.3283064365386963e-10).yx;
}`;

/** out[j] = entry j of normalsAt(seed, stream, row). */
export const rowNormals: GpuKernel<'rowNormals'> = ({ out, count, key }) => [
  {
    label: 'rowNormals',
    operands: { out: writes(out), key: readsWords(key) },
    ints: { count },
    lanes: LANES,
    groups: Math.ceil(count / 4 / LANES),
    head: BOX_MULLER,
    body: `let block = group * ${LANES}u + lane;
let i = block * 4u;
if (i >= p.count) { return; }
let w = philox(vec4u(block, key_at(3u), key_at(2u), 2u), vec2u(key_at(0u), key_at(1u)));
let four = vec4f(boxMuller(w.x, w.y), boxMuller(w.z, w.w));
for (var q = 0u; q < 4u; q++) { if (i + q < p.count) { out_put(i + q, four[q]); } }`,
  },
];

/** sin, then cos, of times · speeds turns. */
export const timeFeatures: GpuKernel<'timeFeatures'> = ({ times, speeds, out, rows, half }) => [
  {
    label: 'timeFeatures',
    operands: { times: reads(times), speeds: reads(speeds), out: writes(out) },
    ints: { half, count: rows * half },
    lanes: LANES,
    groups: Math.ceil((rows * half) / LANES),
    head: `fn upper(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }
fn fold(x: f32) -> f32 { return x - round(x); }
fn turnsOf(t: vec2f, s: vec2f) -> f32 {
  let t1 = upper(t.x); let t2 = t.x - t1; let s1 = upper(s.x); let s2 = s.x - s1;
  let rest = t2 * s2 + (t.x * s.y + t.y * s.x);
  return fold(fold(fold(fold(t1 * s2) + fold(t2 * s1)) + rest) + fold(t1 * s1));
}`,
    body: `let at = group * ${LANES}u + lane;
if (at >= p.count) { return; }
let row = at / p.half;
let k = at % p.half;
let wave = sineCosine(turnsOf(times_wide(row), speeds_wide(k)));
out_put(row * 2u * p.half + k, wave.x);
out_put(row * 2u * p.half + p.half + k, wave.y);`,
  },
];
