/** @file Cases of the entry-by-entry and row-by-row kernels: activations, SwiGLU, products, embeddings, dropout, segments. */
import { createRandom } from '../../../numerics/random.ts';
import { softmax } from '../../../numerics/special.ts';
import { ACTIVATIONS, type Activation } from '../activations.ts';
import {
  activationReferences,
  dropoutReference,
  segmentMeansReference,
  swigluReference,
} from '../references-rows.ts';
import { normals, once, slopes, type KernelCase } from './kernel-bench.ts';

const FAR = [-90, 90, -18, 18];
const SIZES = [1, 3, 63, 65, 1030] as const;

function activationCase(kind: Activation, count: number): KernelCase {
  const f = activationReferences[kind];
  const known = once(() => {
    const x = normals(count, 11, 2);
    if (count > 2) x.set([-1e-4, 1e-4]);
    const slope = Float64Array.from(x, (v) => (f(v + 1e-6) - f(v - 1e-6)) / 2e-6);
    return { x, y: Float64Array.from(x, f), slope };
  });
  const run: KernelCase['run'] = async (bench) => {
    const k = known();
    const [y, slope, alone] = [1, 2, 3].map(() => bench.blank(count + 1));
    const x = bench.put(k.x);
    const part = (view: typeof y): typeof y => ({ ...view, bytes: 4 * count });
    bench.call('activate', { kind: ACTIVATIONS[kind], x, y: part(y), slope: part(slope), count });
    bench.call('activate', { kind: ACTIVATIONS[kind], x, y: part(alone), count });
    const [values, values2] = [await bench.read(y), await bench.read(alone)];
    const ends = [values[count], values2[count]];
    const far = bench.blank(4);
    bench.call('activate', { kind: ACTIVATIONS[kind], x: bench.put(FAR), y: far, count: 4 });
    return [
      { name: 'far', values: await bench.read(far), expected: FAR.map(f), share: 2e-6 },
      { name: 'y', values: values.slice(0, count), expected: k.y, share: 3e-7 },
      { name: 'y alone', values: values2.slice(0, count), expected: k.y, share: 3e-7 },
      { name: 'slope', values: await bench.read(part(slope)), expected: k.slope, share: 2e-6 },
      { name: 'end', values: ends, expected: [-7777, -7777], share: 0 },
    ];
  };
  return { name: `${kind} of ${count} numbers`, kernels: ['activate'], run };
}

function swigluCase(rows: number, width: number): KernelCase {
  const known = once(() => {
    const [a, b] = [normals(rows * width, 12, 3), normals(rows * width, 13)];
    const dy = normals(rows * width, 14);
    return { a, b, dy, y: swigluReference(a, b), gradients: slopes(swigluReference, dy, [a, b]) };
  });
  const run: KernelCase['run'] = async (bench) => {
    const k = known();
    const count = rows * width;
    const both = Float32Array.from({ length: 2 * count }, (_, i) => {
      const [r, j] = [Math.floor(i / (2 * width)), i % (2 * width)];
      return j < width ? k.a[r * width + j] : k.b[r * width + j - width];
    });
    const second = (view: { address: number; bytes: number }) => ({
      address: view.address + 4 * width,
      bytes: view.bytes - 4 * width,
    });
    const pair = bench.put(both);
    const y = bench.blank(count);
    const sides = { side: 2 * width, rows, width };
    bench.call('swiglu', { a: pair, b: second(pair), y, ...sides });
    const d = bench.blank(2 * count);
    const dy = bench.put(k.dy);
    const out = { da: d, db: second(d), sideOut: 2 * width };
    bench.call('swigluGradient', { a: pair, b: second(pair), dy, ...out, ...sides });
    const apart = { a: bench.put(k.a), b: bench.put(k.b), side: width, rows, width };
    const y2 = bench.blank(count);
    bench.call('swiglu', { ...apart, y: y2 });
    const got = await bench.read(d);
    const half = (from: number): Float32Array =>
      got.filter((_, i) => Math.floor((i % (2 * width)) / width) === from);
    return [
      { name: 'y', values: await bench.read(y), expected: k.y, share: 1e-6 },
      { name: 'y of two', values: await bench.read(y2), expected: k.y, share: 1e-6 },
      { name: 'da', values: half(0), expected: k.gradients[0], share: 1e-6 },
      { name: 'db', values: half(1), expected: k.gradients[1], share: 1e-6 },
    ];
  };
  return { name: `SwiGLU of ${rows} × ${width}`, kernels: ['swiglu', 'swigluGradient'], run };
}

function productCase(rows: number, columns: number): KernelCase {
  const count = rows * columns;
  const known = once(() => {
    const [x, y, z] = [15, 16, 17].map((seed) => normals(count, seed));
    const scale = normals(rows, 18);
    const shares = softmax(x, rows, columns);
    const dx = slopes((x64) => softmax(x64, rows, columns), y, [x])[0];
    return { x, y, z, scale, shares, dx };
  });
  const run: KernelCase['run'] = async (bench) => {
    const { x, y, z, scale, shares, dx } = known();
    const [px, py, pz] = [x, y, z].map((values) => bench.put(values));
    const places = Array.from({ length: 6 }, () => bench.blank(count));
    const [multiplied, plain, timed, scaled, back, turned] = places;
    bench.call('multiplyAdd', { x: px, y: py, addend: pz, out: multiplied, count });
    bench.call('multiplyAdd', { x: px, y: py, out: plain, count });
    const c = bench.put([-1.5]);
    bench.call('addTimes', { y: py, c, factor: 2, addend: px, out: timed, count });
    bench.call('scaleRows', { x: px, scale: bench.put(scale), out: scaled, rows, columns });
    const slope = bench.put(Float32Array.from(y));
    bench.call('softmaxRowsGradient', { y: bench.put(shares), dy: slope, dx: back, rows, columns });
    bench.call('copyColumns', {
      from: px,
      sideFrom: columns,
      to: turned,
      sideTo: columns,
      rows,
      columns,
    });
    const [sums, products] = [bench.blank(rows), bench.blank(rows)];
    bench.call('rowSums', { x: px, out: sums, rows, columns });
    bench.call('rowSums', { x: px, y: py, out: products, rows, columns });
    const partial = bench.wide(Math.ceil(count / 1024));
    bench.call('dotProduct', { x: px, y: py, count, partial });
    const total = bench.blank(1);
    bench.call('sumPartials', { partial, count: Math.ceil(count / 1024), out: total, scale: 1 });
    const average = bench.put(y);
    bench.call('movingAverage', { x: px, average, count, share: bench.put([0.25]) });
    const rowOf = (i: number): number => Math.floor(i / columns);
    const perRow = (f: (i: number) => number): Float64Array => {
      const out = new Float64Array(rows);
      x.forEach((_, i) => (out[rowOf(i)] += f(i)));
      return out;
    };
    const from = (f: (v: number, i: number) => number): Float64Array => Float64Array.from(x, f);
    const dot = x.reduce((s, v, i) => s + v * y[i], 0);
    const read = async (view: typeof sums): Promise<Float32Array> => bench.read(view);
    return [
      {
        name: 'x y + z',
        values: await read(multiplied),
        expected: from((v, i) => v * y[i] + z[i]),
        share: 1e-6,
      },
      { name: 'x y', values: await read(plain), expected: from((v, i) => v * y[i]), share: 1e-6 },
      {
        name: 'x − 3 y',
        values: await read(timed),
        expected: from((v, i) => v - 3 * y[i]),
        share: 1e-6,
      },
      {
        name: 'rows',
        values: await read(scaled),
        expected: from((v, i) => v * scale[rowOf(i)]),
        share: 1e-6,
      },
      { name: 'softmax', values: await read(back), expected: dx, share: 2e-6 },
      { name: 'copy', values: await read(turned), expected: x, share: 0 },
      { name: 'sums', values: await read(sums), expected: perRow((i) => x[i]), share: 2e-6 },
      {
        name: 'products',
        values: await read(products),
        expected: perRow((i) => x[i] * y[i]),
        share: 2e-6,
      },
      { name: 'dot', values: await read(total), expected: [dot], share: 2e-6 },
      {
        name: 'average',
        values: await read(average),
        expected: from((v, i) => y[i] + 0.25 * (v - y[i])),
        share: 1e-6,
      },
    ];
  };
  const kernels = [
    'multiplyAdd',
    'addTimes',
    'scaleRows',
    'softmaxRowsGradient',
    'copyColumns',
    'rowSums',
    'dotProduct',
    'movingAverage',
  ] as const;
  return { name: `products and sums of ${rows} × ${columns}`, kernels, run };
}

/** Lists of the rows that use each row of a table, as csrTranspose gives them. */
function byIndex(indices: ArrayLike<number>, tableRows: number) {
  const places = Array.from(indices, (_, i) => i).sort((a, b) => indices[a] - indices[b] || a - b);
  const starts = new Uint32Array(tableRows + 1);
  for (let i = 0; i < indices.length; i++) starts[indices[i] + 1]++;
  for (let t = 0; t < tableRows; t++) starts[t + 1] += starts[t];
  return { starts, places };
}

function embeddingCase(rows: number, width: number, tableRows: number): KernelCase {
  const known = once(() => {
    const random = createRandom(19);
    const used = Math.max(1, rows - 2);
    const indices = Uint32Array.from({ length: used }, () => random.integer(tableRows));
    const [table, factor] = [normals(tableRows * width, 20), normals(rows, 21)];
    const dy = normals(rows * width, 22);
    const value = (table64: ArrayLike<number>): Float64Array =>
      Float64Array.from(dy, (_, i) => {
        const r = Math.floor(i / width);
        return r < used ? factor[r] * table64[indices[r] * width + (i % width)] : 0;
      });
    const lists = byIndex(indices, tableRows);
    const dTable = slopes(value, dy, [table], 1e9)[0];
    return { indices, used, table, factor, dy, out: value(table), lists, dTable };
  });
  const run: KernelCase['run'] = async (bench) => {
    const k = known();
    const all = new Uint32Array(rows);
    all.set(k.indices);
    const [table, indices] = [bench.put(k.table), bench.words(all)];
    const limit = bench.words([k.used]);
    const [out, plain] = [bench.blank(rows * width), bench.blank(rows * width)];
    const size = { rows, width };
    bench.call('gatherRows', { table, indices, factor: bench.put(k.factor), limit, out, ...size });
    bench.call('gatherRows', { table, indices, out: plain, ...size });
    const { starts, places } = k.lists;
    const sorted = places.map((r) => k.factor[r]);
    const dTable = bench.blank(tableRows * width);
    bench.call('gatherRowsGradient', {
      starts: bench.words(starts),
      places: bench.words(places),
      factor: bench.put(sorted),
      dy: bench.put(k.dy),
      dTable,
      tableRows,
      width,
    });
    const rowsOf = Float64Array.from(
      k.dy,
      (_, i) => k.table[all[Math.floor(i / width)] * width + (i % width)],
    );
    return [
      { name: 'rows', values: await bench.read(out), expected: k.out, share: 1e-6 },
      { name: 'plain rows', values: await bench.read(plain), expected: rowsOf, share: 0 },
      { name: 'dTable', values: await bench.read(dTable), expected: k.dTable, share: 2e-6 },
    ];
  };
  const name = `${rows} rows of a table ${tableRows} × ${width}`;
  return { name, kernels: ['gatherRows', 'gatherRowsGradient'], run };
}

function dropoutCase(count: number, rate: number): KernelCase {
  const key = { seed: 2 ** 40 + 77, stream: 3, row: 12 };
  const known = once(() => {
    const x = normals(count, 23).map((v) => v + 3);
    return { x, y: dropoutReference(x, Math.fround(rate), key, 5) };
  });
  const run: KernelCase['run'] = async (bench) => {
    const k = known();
    const y = bench.put(Float32Array.from([...k.x, -7777]));
    const words = bench.words([
      key.seed >>> 0,
      Math.floor(key.seed / 2 ** 32),
      key.stream,
      key.row,
    ]);
    const place = { ...y, bytes: 4 * count };
    bench.call('dropout', { x: place, y: place, count, rate, key: words, site: 5 });
    const values = await bench.read(y);
    return [
      { name: 'y', values: values.slice(0, count), expected: k.y, share: 1e-6 },
      { name: 'end', values: values.slice(count), expected: [-7777], share: 0 },
    ];
  };
  return { name: `dropout of ${count} numbers at ${rate}`, kernels: ['dropout'], run };
}

function segmentCase(lengths: readonly number[], columns: number, masked: boolean): KernelCase {
  const known = once(() => {
    const starts = Uint32Array.from(
      [0, ...lengths].map((_, i, all) => all.slice(0, i + 1).reduce((a, b) => a + b, 0)),
    );
    const rows = starts[lengths.length];
    const x = normals(rows * columns, 24);
    const mask = masked
      ? Float32Array.from({ length: rows }, (_, r) => (r % 3 === 0 ? 0 : 1))
      : null;
    const dOut = normals(lengths.length * columns, 25);
    const value = (x64: ArrayLike<number>) => segmentMeansReference(x64, starts, mask, columns);
    return { starts, rows, x, mask, dOut, out: value(x), dx: slopes(value, dOut, [x])[0] };
  });
  const run: KernelCase['run'] = async (bench) => {
    const k = known();
    const starts = bench.words(k.starts);
    const mask = k.mask === null ? null : bench.put(k.mask);
    const groups = lengths.length;
    const [out, dx] = [bench.blank(groups * columns), bench.blank(k.rows * columns)];
    bench.call('segmentMeans', { x: bench.put(k.x), starts, mask, out, groups, columns });
    const dOut = bench.put(k.dOut);
    bench.call('segmentMeansGradient', { dOut, starts, mask, dx, groups, columns });
    return [
      { name: 'means', values: await bench.read(out), expected: k.out, share: 1e-6 },
      { name: 'dx', values: await bench.read(dx), expected: k.dx, share: 1e-6 },
    ];
  };
  const name = `means of segments of ${lengths.join(', ')} rows × ${columns}${masked ? ', masked' : ''}`;
  return { name, kernels: ['segmentMeans', 'segmentMeansGradient'], run };
}

/** Everything in this file. */
export const ROW_CASES: readonly KernelCase[] = [
  ...(Object.keys(ACTIVATIONS) as Activation[]).flatMap((kind, i) =>
    SIZES.filter((_, s) => s >= 3 || s === i % 3).map((count) => activationCase(kind, count)),
  ),
  swigluCase(1, 3),
  swigluCase(7, 63),
  swigluCase(65, 8),
  productCase(1, 1),
  productCase(3, 65),
  productCase(63, 63),
  embeddingCase(1, 1, 3),
  embeddingCase(65, 63, 9),
  embeddingCase(130, 8, 65),
  dropoutCase(1, 0.5),
  dropoutCase(63, 0.1),
  dropoutCase(1030, 0.8),
  segmentCase([3, 0, 65, 1], 63, false),
  segmentCase([5, 1, 7], 3, true),
];
