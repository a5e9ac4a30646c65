/** @file Kernels of the flow: points on straight paths, label rows and their gradients, branches of guidance. float32, one invocation per number. */
import type { GpuKernel } from '../kernel.ts';
import { reads, readsWords, writes } from '../shader.ts';

const LANES = 256;

const EACH = `let at = group * ${LANES}u + lane;
if (at >= p.count) { return; }
let row = at / p.width;
let j = at % p.width;`;

/** x = t z₁ + (1 − (1 − σ) t) ε and target = z₁ − (1 − σ) ε, z₁ = latents[cells]. */
export const pathPoint: GpuKernel<'pathPoint'> = (call) => [
  {
    label: 'pathPoint',
    operands: {
      latents: reads(call.latents),
      cells: readsWords(call.cells),
      noise: reads(call.noise),
      times: reads(call.times),
      x: writes(call.x),
      goal: writes(call.target),
    },
    ints: { width: call.dims, count: call.rows * call.dims },
    floats: { spread: Math.fround(1 - Math.fround(call.sigma)) },
    lanes: LANES,
    groups: Math.ceil((call.rows * call.dims) / LANES),
    body: `${EACH}
let t = times_wide(row);
let way = wideScale(t, p.spread);
let rest = (1.0 - way.x) - way.y;
let z = latents_at(cells_at(row) * p.width + j);
let e = noise_at(at);
x_put(at, t.x * z + rest * e);
goal_put(at, z - p.spread * e);`,
  },
];

/** x[i] += table[codes[cells[i]]] where masks[i] has the bit. */
export const addLabelRows: GpuKernel<'addLabelRows'> = (call) => [
  {
    label: 'addLabelRows',
    operands: {
      x: writes(call.x),
      table: reads(call.table),
      codes: readsWords(call.codes),
      cells: readsWords(call.cells),
      masks: readsWords(call.masks),
    },
    ints: { bit: call.bit, width: call.width, count: call.rows * call.width },
    lanes: LANES,
    groups: Math.ceil((call.rows * call.width) / LANES),
    body: `${EACH}
if ((masks_at(row) & p.bit) == 0u) { return; }
x_put(at, x_at(at) + table_at(codes_at(cells_at(row)) * p.width + j));`,
  },
];

/** Gradient of the table: a workgroup per category and 64 columns; rows' codes pass through shared memory. */
export const labelGradient: GpuKernel<'labelGradient'> = (call) => {
  const tiles = Math.ceil(call.width / 64);
  return [
    {
      label: 'labelGradient',
      operands: {
        dx: reads(call.dx),
        dTable: writes(call.dTable),
        codes: readsWords(call.codes),
        cells: readsWords(call.cells),
        masks: readsWords(call.masks),
      },
      ints: { bit: call.bit, rows: call.rows, width: call.width, tiles },
      lanes: 64,
      groups: call.categories * tiles,
      head: 'var<workgroup> shown: array<u32, 256>;',
      body: `let category = group / p.tiles;
let j = (group % p.tiles) * 64u + lane;
var sum = 0.0;
for (var row0 = 0u; row0 < p.rows; row0 += 256u) {
  workgroupBarrier();
  for (var i = lane; i < 256u; i += 64u) {
    let row = row0 + i;
    shown[i] = 0xffffffffu;
    if (row < p.rows) {
      if ((masks_at(row) & p.bit) != 0u) { shown[i] = codes_at(cells_at(row)); }
    }
  }
  workgroupBarrier();
  if (j < p.width) {
    for (var i = 0u; i < min(256u, p.rows - row0); i++) {
      if (shown[i] == category) { sum += dx_at((row0 + i) * p.width + j); }
    }
  }
}
if (j < p.width) { dTable_put(category * p.width + j, sum); }`,
    },
  ];
};

/** out[i] = SiLU(x[pick[i]] + table[condition[i]]). */
export const siluOfSum: GpuKernel<'siluOfSum'> = (call) => [
  {
    label: 'siluOfSum',
    operands: {
      x: reads(call.x),
      pick: readsWords(call.pick),
      table: reads(call.table),
      condition: readsWords(call.condition),
      out: writes(call.out),
    },
    ints: { stride: call.side, width: call.width, count: call.rows * call.width },
    lanes: LANES,
    groups: Math.ceil((call.rows * call.width) / LANES),
    body: `${EACH}
let v = x_at(pick_at(row) * p.width + j) + table_at(condition_at(row) * p.stride + j);
out_put(at, v * sigmoidOf(v));`,
  },
];

/** out[i] = Σ_b coefficients[b, i] · SiLU(h[b · rows + i]). */
export const mixSilu: GpuKernel<'mixSilu'> = (call) => [
  {
    label: 'mixSilu',
    operands: { h: reads(call.h), shares: reads(call.coefficients), out: writes(call.out) },
    ints: {
      branches: call.branches,
      rows: call.rows,
      width: call.width,
      count: call.rows * call.width,
    },
    lanes: LANES,
    groups: Math.ceil((call.rows * call.width) / LANES),
    body: `${EACH}
var sum = 0.0;
for (var b = 0u; b < p.branches; b++) {
  let v = h_at(b * p.count + at);
  sum += shares_at(b * p.rows + row) * (v * sigmoidOf(v));
}
out_put(row * p.width + j, sum);`,
  },
];

/** x[i, columns − 1] = values[i]. */
export const setLastColumn: GpuKernel<'setLastColumn'> = ({ x, values, rows, columns }) => [
  {
    label: 'setLastColumn',
    operands: { x: writes(x), values: reads(values) },
    ints: { rows, columns },
    lanes: 64,
    groups: Math.ceil(rows / 64),
    body: `let row = group * 64u + lane;
if (row < p.rows) { x_put((row + 1u) * p.columns - 1u, values_at(row)); }`,
  },
];
