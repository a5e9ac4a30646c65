/** @file Cases of the norms, gates and sums over groups of rows: values against formulas, gradients against finite differences. */
import {
  groupSumsReference,
  modulateReference,
  normaliseRows,
  type Modulation,
} from '../references-rows.ts';
import { normals, once, slopes, type KernelCase, type Outcome } from './kernel-bench.ts';

interface NormCase {
  readonly kind: 'layer' | 'rms';
  readonly rows: number;
  readonly columns: number;
  readonly every: number;
  readonly groups: number;
  readonly base: number;
  readonly epsilon: number;
}

/** Plain scale and shift; one per cell of 4 tokens; one per token; and single rows. */
const NORMS: readonly NormCase[] = [
  { kind: 'layer', rows: 1, columns: 3, every: 1, groups: 1, base: 0, epsilon: 1e-5 },
  { kind: 'layer', rows: 65, columns: 63, every: 65, groups: 1, base: 0, epsilon: 1e-8 },
  { kind: 'layer', rows: 20, columns: 65, every: 4, groups: 5, base: 1, epsilon: 1e-6 },
  { kind: 'layer', rows: 35, columns: 16, every: 1, groups: 7, base: 0, epsilon: 1e-6 },
  { kind: 'rms', rows: 63, columns: 1, every: 63, groups: 1, base: 0, epsilon: 0.5 },
  { kind: 'rms', rows: 33, columns: 21, every: 3, groups: 11, base: 1, epsilon: 1e-5 },
];

/** One number more between the groups' rows than they need. */
function spread(values: ArrayLike<number>, groups: number, columns: number): Float32Array {
  const out = new Float32Array(groups * (columns + 1)).fill(-5);
  for (let i = 0; i < groups * columns; i++) {
    out[Math.floor(i / columns) * (columns + 1) + (i % columns)] = values[i];
  }
  return out;
}

function normCase(shape: NormCase): KernelCase {
  const { kind, rows, columns, every, groups, base, epsilon } = shape;
  const known = once(() => {
    const x = normals(rows * columns, 1, 2).map((v) => v + 1);
    const factor = normals(groups * columns, 2);
    const shift = normals(groups * columns, 3);
    const dy = normals(rows * columns, 4);
    const addend = normals(rows * columns, 5);
    const value = (
      x64: ArrayLike<number>,
      f: ArrayLike<number>,
      s: ArrayLike<number>,
    ): Float64Array => {
      const way: Modulation = { base, factor: f, shift: s, every, groups };
      return modulateReference(normaliseRows(x64, columns, kind, epsilon).out, columns, way);
    };
    const { out, stats } = normaliseRows(x, columns, kind, epsilon);
    const plain = slopes((x64) => normaliseRows(x64, columns, kind, epsilon).out, dy, [x]);
    const gradients = slopes(value, dy, [x, factor, shift]);
    const dx = gradients[0].map((v, i) => v + addend[i]);
    const y = value(x, factor, shift);
    return { x, factor, shift, dy, addend, out, stats, plain, gradients, dx, y };
  });
  const name = `${kind} norm of ${rows} × ${columns}, ${groups} groups of ${every}, base ${base}`;
  const kernels = ['rowNorm', 'rowNormGradient', 'rowNormFactorGradient'] as const;
  const run: KernelCase['run'] = async (bench) => {
    const k = known();
    const x = bench.put(k.x);
    const side = columns + 1;
    const factor = bench.put(spread(k.factor, groups, columns));
    const shift = bench.put(spread(k.shift, groups, columns));
    const way = { base, side, every, groups, rows, columns };
    const [y, bare] = [bench.blank(rows * columns), bench.blank(rows * columns)];
    const stats = bench.blank(2 * rows);
    const number = kind === 'layer' ? 0 : 1;
    const norm = { kind: number, x, ...way, epsilon };
    bench.call('rowNorm', { ...norm, factor, shift, y, stats });
    bench.call('rowNorm', { ...norm, y: bare });
    const [dx, own] = [bench.put(k.dy), bench.blank(rows * columns)];
    const dy = bench.put(k.dy);
    const back = { kind: number, x, stats, ...way };
    bench.call('rowNormGradient', { ...back, factor, dy: dx, addend: bench.put(k.addend), dx });
    bench.call('rowNormGradient', { ...back, dy, dx: own });
    const [dFactor, dShift] = [bench.blank(groups * side), bench.blank(groups * side)];
    const groupsOf = { side, every, groups, rows, columns };
    bench.call('rowNormFactorGradient', { x, stats, dy, dFactor, dShift, ...groupsOf });
    const dense = (values: Float32Array): Float32Array =>
      values.filter((_, i) => i % side < columns);
    const read = async (view: typeof y): Promise<Float32Array> => bench.read(view);
    const factors = await read(dFactor);
    const untouched = factors.filter((_, i) => i % side === columns);
    return [
      { name: 'y', values: await read(y), expected: k.y, share: 2e-6 },
      { name: 'norm', values: await read(bare), expected: k.out, share: 2e-6 },
      { name: 'stats', values: await read(stats), expected: k.stats, share: 2e-6 },
      { name: 'dx', values: await read(dx), expected: k.dx, share: 1e-5 },
      { name: 'dx alone', values: await read(own), expected: k.plain[0], share: 1e-5 },
      { name: 'dFactor', values: dense(factors), expected: k.gradients[1], share: 1e-5 },
      { name: 'dShift', values: dense(await read(dShift)), expected: k.gradients[2], share: 1e-5 },
      { name: 'gaps', values: untouched, expected: new Float64Array(groups).fill(-7777), share: 0 },
    ] satisfies Outcome[];
  };
  return { name, kernels, run };
}

function gateCase(rows: number, columns: number, every: number, groups: number): KernelCase {
  const known = once(() => {
    const x = normals(rows * columns, 6);
    const factor = normals(groups * columns, 7);
    const shift = normals(groups * columns, 8);
    const addend = normals(rows * columns, 9);
    const dOut = normals(rows * columns, 10);
    const gate = { base: 0, factor, every, groups };
    const value = (x64: ArrayLike<number>, f: ArrayLike<number>): Float64Array =>
      modulateReference(x64, columns, { ...gate, factor: f }, addend);
    const all = modulateReference(x, columns, { ...gate, base: 1, shift }, addend);
    const shifted = modulateReference(x, columns, { base: 1, shift, every, groups });
    const gradients = slopes(value, dOut, [x, factor]);
    const sums = groupSumsReference(x, null, columns, { every, groups });
    const gated = value(x, factor);
    return { x, factor, shift, addend, dOut, all, shifted, gradients, sums, gated };
  });
  const run: KernelCase['run'] = async (bench) => {
    const k = known();
    const [x, factor, shift] = [bench.put(k.x), bench.put(k.factor), bench.put(k.shift)];
    const way = { side: columns, every, groups, rows, columns };
    const [all, shifted, gated] = [1, 2, 3].map(() => bench.blank(rows * columns));
    const addend = bench.put(k.addend);
    bench.call('modulate', { x, factor, shift, base: 1, addend, out: all, ...way });
    bench.call('modulate', { x, shift, base: 1, out: shifted, ...way });
    bench.call('modulate', { x, factor, base: 0, addend, out: gated, ...way });
    const dOut = bench.put(k.dOut);
    const dx = bench.blank(rows * columns);
    bench.call('modulate', { x: dOut, factor, base: 0, out: dx, ...way });
    const [dFactor, sums] = [bench.blank(groups * columns), bench.blank(groups * columns)];
    bench.call('groupSums', { x: dOut, y: x, out: dFactor, ...way });
    bench.call('groupSums', { x, out: sums, ...way });
    return [
      { name: 'all', values: await bench.read(all), expected: k.all, share: 1e-6 },
      { name: 'shifted', values: await bench.read(shifted), expected: k.shifted, share: 1e-6 },
      { name: 'gated', values: await bench.read(gated), expected: k.gated, share: 1e-6 },
      { name: 'dx', values: await bench.read(dx), expected: k.gradients[0], share: 1e-6 },
      { name: 'dFactor', values: await bench.read(dFactor), expected: k.gradients[1], share: 2e-6 },
      { name: 'sums', values: await bench.read(sums), expected: k.sums, share: 2e-6 },
    ];
  };
  const name = `gates of ${rows} × ${columns}, ${groups} groups of ${every}`;
  return { name, kernels: ['modulate', 'groupSums'], run };
}

/** Norms and gates. */
export const NORM_CASES: readonly KernelCase[] = [
  ...NORMS.map(normCase),
  gateCase(1, 1, 1, 1),
  gateCase(24, 65, 8, 3),
  gateCase(63, 3, 1, 9),
  gateCase(65, 63, 65, 1),
];
