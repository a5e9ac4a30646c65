/**
 * @file Clipping by the global norm and AdamW with its running average over flat vectors.
 *
 * Grid: a workgroup per 16384 numbers (squares), at most 1024 workgroups that stride over the vectors (AdamW); every workgroup
 * adds the same partial sums in the same order. Vectors longer than a binding go in pieces.
 */
import { part } from '../../compute-device.ts';
import type { GpuKernel } from '../kernel.ts';
import { sumOver } from '../library.ts';
import { reads, writes } from '../shader.ts';
import { inPieces } from './elementwise.ts';

const LANES = 256;
const CHUNK = 16_384;
const MOST_GROUPS = 1024;

/** partial[i] = Σ g² over 16384 numbers. */
export const sumSquares: GpuKernel<'sumSquares'> = ({ g, count, partial }, { largest }) =>
  inPieces(count, Math.max(1, Math.floor(largest / CHUNK)) * CHUNK, (from, n) => ({
    label: 'sumSquares',
    operands: {
      g: reads(part(g, from, n), true),
      sums: writes(part(partial, (from / CHUNK) * 2, Math.ceil(n / CHUNK) * 2)),
    },
    ints: { count: n },
    lanes: LANES,
    groups: Math.ceil(n / CHUNK),
    head: sumOver(LANES),
    body: `var four = vec4f();
let past = min(p.count, (group + 1u) * ${CHUNK}u);
for (var i = group * ${CHUNK}u + lane * 4u; i < past; i += ${LANES * 4}u) {
  let v = g_quad(i);
  four += v * v;
}
let all = sumAll(lane, (four.x + four.y) + (four.z + four.w));
if (lane == 0u) { sums_put_wide(group, wideOf(all)); }`,
  }));

/** One AdamW step; settings as the optimiser's plan writes them. */
export const adamw: GpuKernel<'adamw'> = (call, { largest }) => {
  const { average, count, chunks } = call;
  return inPieces(count, largest, (from, n) => ({
    label: 'adamw',
    operands: {
      w: writes(part(call.p, from, n), true),
      g: reads(part(call.g, from, n), true),
      m: writes(part(call.m, from, n), true),
      v: writes(part(call.v, from, n), true),
      ...(average == null ? {} : { average: writes(part(average, from, n), true) }),
      settings: reads(call.settings),
      parts: reads(call.partial),
    },
    ints: { count: n, chunks, step: Math.min(MOST_GROUPS, Math.ceil(n / (LANES * 4))) * LANES * 4 },
    lanes: LANES,
    groups: Math.min(MOST_GROUPS, Math.ceil(n / (LANES * 4))),
    head: sumOver(LANES),
    body: `var squares = 0.0;
for (var i = lane; i < p.chunks; i += ${LANES}u) { squares += parts_at(2u * i) + parts_at(2u * i + 1u); }
let norm = sqrt(sumAll(lane, squares));
if (settings_at(12u) == 0.0) { return; }
let limit = settings_at(3u);
let clip = select(min(1.0, limit / (norm + 1e-6)), 1.0, limit == 0.0);
let size = settings_at(0u);
let root = settings_at(1u);
let keep = settings_at(2u);
let beta1 = settings_at(4u);
let rest1 = settings_at(5u);
let beta2 = settings_at(6u);
let rest2 = settings_at(7u);
let epsilon = settings_at(8u);
let low = vec4f(settings_at(9u));
let high = vec4f(settings_at(10u));
let blend = settings_at(11u);
for (var i = (group * ${LANES}u + lane) * 4u; i < p.count; i += p.step) {
  let d = g_quad(i) * clip;
  let mi = m_quad(i) * beta1 + d * rest1;
  let vi = v_quad(i) * beta2 + d * d * rest2;
  m_put_quad(i, mi);
  v_put_quad(i, vi);
  let next = w_quad(i) * keep - size * mi / (sqrt(vi) * root + epsilon);
  let held = select(select(next, low, next < low), high, next > high);
  w_put_quad(i, held);
  ${average == null ? '' : 'let old = average_quad(i);\n  average_put_quad(i, old + blend * (held - old));'}
}`,
  }));
};
