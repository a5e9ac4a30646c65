/** @file Activations with their derivatives, SwiGLU and its gradient: one invocation per number, float32. */
import { ACTIVATIONS } from '../../kernels/activations.ts';
import type { GpuKernel } from '../kernel.ts';
import { reads, writes } from '../shader.ts';

const LANES = 256;

/** Statements that set `y` and `s` (the slope) from `v`. */
const TEXTS: Readonly<Record<number, string>> = {
  [ACTIVATIONS.geluErf]: `let z = abs(v) * 0.7071067811865476;
let e = expOf(-z * z);
let t = 1.0 / (1.0 + 0.3275911 * z);
let q = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
let tail = 0.5 * q * e;
let below = select(1.0 - tail, tail, v < 0.0);
let y = v * below;
let s = below + v * e * 0.3989422804014327;`,
  [ACTIVATIONS.geluTanh]: `let z = v * v;
let g = sigmoidOf(1.5957691216057308 * v * (1.0 + 0.044715 * z));
let y = v * g;
let s = g + y * (1.0 - g) * (1.5957691216057308 + 0.2140644488 * z);`,
  [ACTIVATIONS.elu]: `let y = eluOf(v);
let s = select(expOf(min(v, 0.0)), 1.0, v > 0.0);`,
  [ACTIVATIONS.relu]: 'let s = select(0.0, 1.0, v > 0.0);\nlet y = v * s;',
  [ACTIVATIONS.leakyRelu]: 'let s = select(0.01, 1.0, v > 0.0);\nlet y = v * s;',
  [ACTIVATIONS.sigmoid]: 'let y = sigmoidOf(v);\nlet s = y * (1.0 - y);',
  [ACTIVATIONS.tanh]: 'let y = 2.0 * sigmoidOf(2.0 * v) - 1.0;\nlet s = 1.0 - y * y;',
  [ACTIVATIONS.softplus]:
    'let y = max(v, 0.0) + logOnePlus(expOf(-abs(v)));\nlet s = sigmoidOf(v);',
};

/** y = f(x) and its slope. */
export const activate: GpuKernel<'activate'> = ({ kind, x, y, slope, count }) => [
  {
    label: 'activate',
    operands: {
      x: reads(x),
      y: writes(y),
      ...(slope == null ? {} : { slope: writes(slope) }),
    },
    ints: { count },
    lanes: LANES,
    groups: Math.ceil(count / LANES),
    body: `let at = group * ${LANES}u + lane;
if (at >= p.count) { return; }
let v = x_at(at);
${TEXTS[kind]}
y_put(at, y);
${slope == null ? '' : 'slope_put(at, s);'}`,
  },
];

const EACH = `let at = group * ${LANES}u + lane;
if (at >= p.count) { return; }
let row = at / p.width;
let j = at % p.width;
let v = a_at(row * p.side + j);
let s = sigmoidOf(v);`;

/** y = SiLU(a) · b. */
export const swiglu: GpuKernel<'swiglu'> = ({ a, b, side, y, rows, width }) => [
  {
    label: 'swiglu',
    operands: { a: reads(a), b: reads(b), y: writes(y) },
    ints: { side, width, count: rows * width },
    lanes: LANES,
    groups: Math.ceil((rows * width) / LANES),
    body: `${EACH}\ny_put(at, v * s * b_at(row * p.side + j));`,
  },
];

/** da and db of swiglu. */
export const swigluGradient: GpuKernel<'swigluGradient'> = (call) => [
  {
    label: 'swigluGradient',
    operands: {
      a: reads(call.a),
      b: reads(call.b),
      dy: reads(call.dy),
      da: writes(call.da),
      db: writes(call.db),
    },
    ints: {
      side: call.side,
      sideOut: call.sideOut,
      width: call.width,
      count: call.rows * call.width,
    },
    lanes: LANES,
    groups: Math.ceil((call.rows * call.width) / LANES),
    body: `${EACH}
let d = dy_at(at);
let second = b_at(row * p.side + j);
da_put(row * p.sideOut + j, d * second * s * (1.0 + v * (1.0 - s)));
db_put(row * p.sideOut + j, d * v * s);`,
  },
];
