/** @file Test helper: calls of every kernel with all their variants, on small odd sizes. */
import type { KernelArguments, KernelName } from '../../kernels/list.ts';
import { Recorder } from '../../plan/recorder.ts';
import type { Places } from './places.ts';

/** One call. */
export interface KernelCase {
  readonly kernel: KernelName;
  readonly name: string;
  record(places: Places, recorder: Recorder): void;
}

function one<Name extends KernelName>(
  kernel: Name,
  variant: string,
  make: (places: Places) => KernelArguments<Name>,
): KernelCase {
  const record = (places: Places, recorder: Recorder): void => recorder.call(kernel, make(places));
  return { kernel, name: `${kernel} ${variant}`, record };
}

const numbers = (count: number, value: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => value(i));

const ENDS = ['', 'bias', 'factor', 'bias factor addend', 'bias addend rows'] as const;

/** m, n, k: small tiles, large tiles, great depth, both; in fours and not. */
const PRODUCTS = [
  [33, 36, 20],
  [33, 35, 21],
  [65, 3073, 9],
  [68, 3072, 12],
  [20, 24, 512],
  [21, 13, 515],
  [65, 516, 1024],
] as const;

function products(): KernelCase[] {
  return ([0, 1, 2] as const).flatMap((layout) =>
    PRODUCTS.flatMap(([m, n, k], size) =>
      ENDS.filter((_, e) => size === 1 || e % 3 === 0).map((end) =>
        one('gemm', `${layout} ${m}×${n}×${k} ${end}`, (p) => {
          const has = (name: string): boolean => end.includes(name);
          return {
            layout,
            a: p.floats(m * k),
            lda: layout === 2 ? m : k,
            b: p.floats(k * n),
            ldb: layout === 1 ? k : n,
            c: p.room(m * n),
            ldc: n,
            m,
            n,
            k,
            bias: has('bias') ? p.floats(n) : null,
            factor: has('factor') ? p.floats(m * n) : null,
            addend: has('addend') ? p.floats((has('rows') ? 3 : m) * n) : null,
            side: n,
            rows: has('rows') ? p.words(numbers(m, (i) => i % 3)) : null,
          };
        }),
      ),
    ),
  );
}

function siluProducts(): KernelCase[] {
  return ([0, 1, 2] as const).flatMap((layout) =>
    PRODUCTS.map(([m, n, k], size) =>
      one('gemmSilu', `${layout} ${m}×${n}×${k}`, (p) => ({
        layout,
        a: p.floats(m * k),
        lda: layout === 2 ? m : k,
        b: p.floats(k * n),
        ldb: layout === 1 ? k : n,
        c: size % 2 === 0 ? p.room(m * n) : null,
        y: p.room(m * n),
        slope: size > 0 ? p.room(m * n) : null,
        ldc: n,
        m,
        n,
        k,
        bias: p.floats(n),
        addend: size % 3 === 0 ? p.floats(m * n) : null,
        side: n,
      })),
    ),
  );
}

/** 5 rows of 300 genes, three entries each. */
function batch(p: Places) {
  return {
    rows: 5,
    genes: 300,
    indptr: p.words(numbers(6, (i) => 3 * i)),
    indices: p.words(numbers(15, (i) => (i % 3) * 120 + i)),
    values: p.floats(numbers(15, (i) => 1 + (i % 4) * 7)),
  };
}

function sparse(width: number): KernelCase[] {
  const panels = Math.ceil(width / 32);
  return [
    one('csrAffine', `width ${width}`, (p) => {
      const { values, ...rest } = batch(p);
      const [weight, bias] = [p.floats(panels * 300 * 32), p.floats(width)];
      return { ...rest, logs: values, weight, bias, y: p.room(5 * width), width };
    }),
    one('csrWeightGradient', `width ${width}`, (p) => ({
      starts: p.words(numbers(301, (i) => Math.min(15, Math.floor(i / 20)))),
      cells: p.words(numbers(15, (i) => i % 5)),
      values: p.floats(15),
      genes: 300,
      dy: p.floats(5 * width),
      dw: p.room(panels * 300 * 32),
      width,
      rows: 5,
    })),
  ];
}

function counts(): KernelCase[] {
  return [
    one('csrLog', '', (p) => {
      const { values, indptr, rows } = batch(p);
      return { values, indptr, rows, logs: p.room(15) };
    }),
    one('csrTranspose', '', (p) => {
      const { values, ...rest } = batch(p);
      const out = { starts: p.room(301), cells: p.room(15), values: p.room(15) };
      return { ...rest, ...out, logs: values };
    }),
    ...sparse(32),
    ...sparse(37),
    ...[true, false].map((learns) =>
      one('negativeBinomial', learns ? 'gradient' : 'loss', (p) => ({
        ...batch(p),
        logits: p.floats(1500),
        theta: p.floats(numbers(300, (g) => 0.1 + g)),
        library: p.floats([40, 50, 60, 70, 80]),
        cells: p.words([4]),
        partialTheta: learns ? p.room(300) : null,
        partialBias: learns ? p.room(300) : null,
        partialLoss: p.wide([0]),
      })),
    ),
    one('softmaxRows', '', (p) => ({ x: p.floats(9 * 77), rows: 9, columns: 77 })),
    ...norms(),
    one('drawCounts', '', (p) => ({
      shares: p.floats(numbers(3 * 310, (i) => (i % 7) / 300)),
      theta: p.floats(numbers(310, (g) => 0.05 + g)),
      library: p.wide([100, 2000, 1e5]),
      keys: p.words([1, 2, 3, 4, 5, 6]),
      rows: 3,
      genes: 310,
      indices: p.room(930),
      values: p.room(930),
      counts: p.room(3),
    })),
  ];
}

function norms(): KernelCase[] {
  const layer = (p: Places) => ({
    x: p.floats(35 * 21),
    gamma: p.floats(21),
    rows: 35,
    columns: 21,
  });
  const running = (p: Places) => ({
    beta: p.floats(21),
    runningMean: p.floats(21),
    runningVariance: p.floats(new Float32Array(21).fill(2)),
    out: p.room(735),
  });
  return [
    one('batchNormElu', '', (p) => {
      return { ...layer(p), ...running(p), mean: p.room(21), scale: p.room(21) };
    }),
    one('batchNormEluEval', '', (p) => ({ ...layer(p), ...running(p) })),
    one('batchNormEluGradient', '', (p) => ({
      ...layer(p),
      mean: p.floats(21),
      scale: p.floats(new Float32Array(21).fill(0.7)),
      out: p.floats(735),
      dOut: p.floats(735),
      dx: p.room(735),
      dGamma: p.room(21),
      dBeta: p.room(21),
    })),
  ];
}

function vectors(): KernelCase[] {
  const n = 515;
  return [
    ...[true, false].map((slope) =>
      one('silu', slope ? 'slope' : '', (p) => {
        return { x: p.floats(n), y: p.room(n), slope: slope ? p.room(n) : null, count: n };
      }),
    ),
    one('silu', 'in place', (p) => {
      const x = p.floats(n);
      return { x, y: x, count: n };
    }),
    one('exponential', '', (p) => ({ x: p.floats(n), y: p.room(n), count: n })),
    one('addScaled', '', (p) => ({
      x: p.floats(n),
      y: p.floats(n),
      out: p.room(n),
      count: n,
      c: 2,
    })),
    ...[0, 1, 5, 7].map((terms) =>
      one('combine', `${terms} terms`, (p) => ({
        base: p.floats(n),
        out: p.room(n),
        count: n,
        terms,
        coefficients: p.floats(7),
        ...Object.fromEntries(numbers(terms, (i) => i).map((i) => [`k${i}`, p.floats(n)])),
      })),
    ),
    one('copy', '', (p) => ({ from: p.floats(n), to: p.room(n), count: n })),
    ...[true, false].map((twice) =>
      one('columnSums', twice ? 'twice' : '', (p) => ({
        x: p.floats(37 * 21),
        stride: 21,
        sums: p.room(19),
        copy: twice ? p.room(19) : null,
        rows: 37,
        columns: 19,
      })),
    ),
    ...[true, false].map((whole) =>
      one('sumBlocks', whole ? 'factor cells' : '', (p) => ({
        partial: p.floats(3 * 77),
        out: p.room(77),
        factor: whole ? p.floats(77) : null,
        blocks: 3,
        genes: 77,
        scale: -1,
        cells: whole ? p.words([40]) : null,
      })),
    ),
    ...[true, false].map((learns) =>
      one('squaredError', learns ? 'gradient' : '', (p) => ({
        v: p.floats(35 * 7),
        target: p.floats(35 * 7),
        d: learns ? p.room(35 * 7) : null,
        partial: p.wide([0, 0, 0]),
        rows: 35,
        columns: 7,
      })),
    ),
    ...[true, false].map((whole) =>
      one('sumPartials', whole ? 'cells total' : '', (p) => ({
        partial: p.wide(numbers(70, (i) => 1 / (i + 1))),
        count: 70,
        out: p.room(1),
        scale: 0.3,
        cells: whole ? p.words([7]) : null,
        total: whole ? p.wide([1e6]) : null,
      })),
    ),
    one('errorSquares', '', (p) => ({
      ...{ err: p.floats(1100), x: p.floats(1100), y: p.floats(1100), count: 1100 },
      ...{ atol: 0.5, rtol: 0.25, partial: p.wide([0, 0]) },
    })),
    one('sumSquares', '', (p) => ({ g: p.floats(16_388), count: 16_388, partial: p.wide([0, 0]) })),
    ...[true, false].map((average) =>
      one('adamw', average ? 'average' : '', (p) => ({
        p: p.floats(500),
        g: p.floats(500),
        m: p.floats(500),
        v: p.floats(new Float32Array(500).fill(0.1)),
        average: average ? p.floats(500) : null,
        count: 500,
        settings: p.floats([
          0.1, 1.5, 0.99, 1, 0.9, 0.1, 0.999, 0.001, 1e-8, -3, 3, 0.2, 1, 0, 0, 0,
        ]),
        partial: p.wide([3, 5]),
        chunks: 2,
      })),
    ),
  ];
}

function flow(): KernelCase[] {
  const label = (p: Places) => ({
    codes: p.words(numbers(40, (i) => (i * i) % 4)),
    cells: p.words(numbers(29, (i) => (i * 11) % 40)),
    masks: p.words(numbers(29, (i) => i % 4)),
    bit: 2,
    rows: 29,
    width: 9,
  });
  return [
    one('rowNormals', '', (p) => ({ out: p.room(270), count: 270, key: p.words([1, 2, 3, 4]) })),
    one('timeFeatures', '', (p) => ({
      times: p.wide([0, 0.1234567, 1]),
      speeds: p.wide(numbers(7, (k) => 159.15 / 4 ** k)),
      out: p.room(42),
      rows: 3,
      half: 7,
    })),
    one('pathPoint', '', (p) => ({
      latents: p.floats(20 * 7),
      cells: p.words(numbers(13, (i) => (i * 7) % 20)),
      noise: p.floats(91),
      times: p.wide(numbers(13, (i) => i / 12)),
      x: p.room(91),
      target: p.room(91),
      rows: 13,
      dims: 7,
      sigma: 0.05,
    })),
    one('addLabelRows', '', (p) => ({ x: p.floats(261), table: p.floats(36), ...label(p) })),
    one('labelGradient', '', (p) => {
      return { dx: p.floats(261), dTable: p.room(36), ...label(p), categories: 4 };
    }),
    one('siluOfSum', '', (p) => ({
      x: p.floats(77),
      pick: p.words(numbers(33, (i) => i % 11)),
      table: p.floats(28),
      side: 7,
      condition: p.words(numbers(33, (i) => (i * 5) % 4)),
      out: p.room(231),
      rows: 33,
      width: 7,
    })),
    one('mixSilu', '', (p) => {
      return {
        h: p.floats(231),
        coefficients: p.floats(33),
        out: p.room(77),
        branches: 3,
        rows: 11,
        width: 7,
      };
    }),
    one('setLastColumn', '', (p) => ({
      x: p.floats(77),
      values: p.floats(11),
      rows: 11,
      columns: 7,
    })),
  ];
}

/** All of them. */
export function kernelCases(): readonly KernelCase[] {
  return [...products(), ...siluProducts(), ...counts(), ...vectors(), ...flow()];
}

/** A recorder with one case's call. */
export function recordCase(one: KernelCase, places: Places): Recorder {
  const recorder = new Recorder();
  one.record(places, recorder);
  return recorder;
}
