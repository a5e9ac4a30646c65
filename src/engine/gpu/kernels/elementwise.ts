/**
 * @file Kernels that treat every number by itself: SiLU, exp, scaled sums, combinations, copies.
 *
 * Grid: one invocation per four numbers; vectors longer than a binding go in pieces. float32 throughout.
 */
import { part } from '../../compute-device.ts';
import type { View } from '../../kernels/list.ts';
import type { GpuKernel } from '../kernel.ts';
import { reads, writes, type Shader } from '../shader.ts';

const LANES = 256;

/** Groups for a number of invocations. */
function groupsFor(invocations: number, lanes = LANES): number {
  return Math.ceil(invocations / lanes);
}

/** Cuts `count` numbers into pieces that a binding holds. */
export function inPieces(
  count: number,
  largest: number,
  make: (from: number, count: number) => Shader,
): Shader[] {
  const pieces: Shader[] = [];
  for (let from = 0; from < count; from += largest) {
    pieces.push(make(from, Math.min(largest, count - from)));
  }
  return pieces;
}

/** Body around one quad: `i` is its first number. */
function perQuad(statements: string): string {
  return `let i = (group * ${LANES}u + lane) * 4u;\nif (i >= p.count) { return; }\n${statements}`;
}

/** y = x σ(x) and its slope. */
export const silu: GpuKernel<'silu'> = ({ x, y, slope, count }, { largest }) =>
  inPieces(count, largest, (from, n) => ({
    label: 'silu',
    operands: {
      x: reads(part(x, from, n), true),
      y: writes(part(y, from, n), true),
      ...(slope == null ? {} : { slope: writes(part(slope, from, n), true) }),
    },
    ints: { count: n },
    lanes: LANES,
    groups: groupsFor(n / 4),
    body: perQuad(`let v = x_quad(i);
let s = vec4f(sigmoidOf(v.x), sigmoidOf(v.y), sigmoidOf(v.z), sigmoidOf(v.w));
y_put_some(i, v * s, p.count);
${slope == null ? '' : 'slope_put_some(i, s * (1.0 + v * (1.0 - s)), p.count);'}`),
  }));

/** y = e^x. */
export const exponential: GpuKernel<'exponential'> = ({ x, y, count }, { largest }) =>
  inPieces(count, largest, (from, n) => ({
    label: 'exponential',
    operands: { x: reads(part(x, from, n), true), y: writes(part(y, from, n), true) },
    ints: { count: n },
    lanes: LANES,
    groups: groupsFor(n / 4),
    body: perQuad(
      'let v = x_quad(i);\ny_put_some(i, vec4f(expOf(v.x), expOf(v.y), expOf(v.z), expOf(v.w)), p.count);',
    ),
  }));

/** out = x + c · y. */
export const addScaled: GpuKernel<'addScaled'> = ({ x, y, out, count, c }, { largest }) =>
  inPieces(count, largest, (from, n) => ({
    label: 'addScaled',
    operands: {
      x: reads(part(x, from, n), true),
      y: reads(part(y, from, n), true),
      out: writes(part(out, from, n), true),
    },
    ints: { count: n },
    floats: { c },
    lanes: LANES,
    groups: groupsFor(n / 4),
    body: perQuad('out_put_some(i, x_quad(i) + p.c * y_quad(i), p.count);'),
  }));

/** to = from. Only what was asked for is written. */
export const copy: GpuKernel<'copy'> = ({ from: source, to, count }, { largest }) =>
  inPieces(count, largest, (from, n) => ({
    label: 'copy',
    operands: { source: reads(part(source, from, n)), goal: writes(part(to, from, n)) },
    ints: { count: n },
    lanes: LANES,
    groups: groupsFor(n),
    body: `let i = group * ${LANES}u + lane;\nif (i < p.count) { goal_put(i, source_at(i)); }`,
  }));

/** out = base + Σ coefficients[i] · k_i; terms that find no room beside the others are added by a second dispatch. */
export const combine: GpuKernel<'combine'> = (call, { largest, bindings }) => {
  const { base, out, count, terms, coefficients } = call;
  const all = [call.k0, call.k1, call.k2, call.k3, call.k4, call.k5, call.k6].slice(
    0,
    terms,
  ) as View[];
  const first = Math.min(terms, bindings - 3);
  const rounds =
    first < terms
      ? [
          [0, first],
          [first, terms],
        ]
      : [[0, terms]];
  return rounds.flatMap(([low, high], round) =>
    inPieces(count, largest, (from, n) => {
      const start = part(round === 0 ? base : out, from, n);
      const some = all.slice(low, high);
      const k = some.map((view, i) => [`k${i}`, reads(part(view, from, n), true)] as const);
      return {
        label: 'combine',
        operands: {
          base: reads(start, true),
          out: writes(part(out, from, n), true),
          ...(some.length === 0 ? {} : { weights: reads(coefficients) }),
          ...Object.fromEntries(k),
        },
        ints: { count: n, low },
        lanes: LANES,
        groups: groupsFor(n / 4),
        body: perQuad(
          ['var sum = base_quad(i);']
            .concat(some.map((_, i) => `sum += weights_at(p.low + ${i}u) * k${i}_quad(i);`))
            .concat('out_put_some(i, sum, p.count);')
            .join('\n'),
        ),
      };
    }),
  );
};
