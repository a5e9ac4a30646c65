/** @file Cases of both cross-attentions of the set autoencoder in one piece: odd numbers of genes, cells and tokens; gradients by finite differences. */
import {
  countPoolingReference,
  geneLogitsReference,
  type CountPoolingInput,
  type GeneLogitsShape,
} from '../references-genes.ts';
import { normals, once, slopes, type KernelBench, type KernelCase } from './kernel-bench.ts';

/** Rows [rows, columns] with `gap` numbers after each. */
function widen(values: ArrayLike<number>, columns: number, gap: number): Float32Array {
  const side = columns + gap;
  return Float32Array.from({ length: (values.length / columns) * side }, (_, i) =>
    i % side < columns ? values[Math.floor(i / side) * columns + (i % side)] : 0.5,
  );
}

/** The opposite. */
function narrow(values: Float32Array, columns: number, gap: number): Float32Array {
  return values.filter((_, i) => i % (columns + gap) < columns);
}

/** The sum of pieces that lie one after the other. */
function addUp(values: Float32Array, parts: number): Float64Array {
  const count = values.length / parts;
  return Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let p = 0; p < parts; p++) sum += values[p * count + i];
    return sum;
  });
}

function logitsCase(shape: GeneLogitsShape, parts: number): KernelCase {
  const { cells, genes, tokens, width, gated } = shape;
  const columns = width + 2 * gated;
  const gap = Math.ceil(columns / 8) * 8 - columns;
  const known = once(() => {
    const input = {
      queries: normals(genes * width, 81, 1.5),
      keys: normals(cells * tokens * width, 82, 1.5),
      base: normals(genes * columns, 83),
      mix: normals(cells * tokens * columns, 84),
      bias: normals(2 * gated, 85),
      reader: normals(gated, 86),
      head: normals(width, 87),
    };
    const weights = normals(cells * genes, 88);
    const value = (...v: ArrayLike<number>[]): Float64Array => {
      const [queries, keys, base, mix, bias, reader, head] = v;
      return geneLogitsReference({ queries, keys, base, mix, bias, reader, head }, shape);
    };
    const at = Object.values(input);
    return { ...input, weights, logits: value(...at), gradients: slopes(value, weights, at, 20) };
  });
  const run = async (bench: KernelBench) => {
    const x = known();
    const geneBias = normals(genes, 89);
    const given = {
      queries: bench.put(x.queries),
      keys: bench.put(x.keys),
      base: bench.put(widen(x.base, columns, gap)),
      mix: bench.put(widen(x.mix, columns, gap)),
      side: columns + gap,
      bias: bench.put(x.bias),
      reader: bench.put(x.reader),
      head: bench.put(x.head),
      ...shape,
    };
    const [plain, biased] = [bench.blank(cells * genes), bench.blank(cells * genes)];
    bench.call('geneLogits', { ...given, logits: plain });
    bench.call('geneLogits', { ...given, geneBias: bench.put(geneBias), logits: biased });
    const sizes = {
      dQueries: genes * width,
      dBase: genes * (columns + gap),
      dKeys: parts * cells * tokens * width,
      dMix: parts * cells * tokens * (columns + gap),
      sums: parts * (width + 3 * gated),
    };
    const d = Object.fromEntries(
      Object.entries(sizes).map(([name, count]) => [name, bench.blank(count)]),
    ) as Record<keyof typeof sizes, ReturnType<KernelBench['blank']>>;
    bench.call('geneLogitsGradient', { ...given, ...d, dLogits: bench.put(x.weights), parts });
    const sums = addUp(await bench.read(d.sums), parts);
    const mix = addUp(await bench.read(d.dMix), parts);
    const found = [
      await bench.read(d.dQueries),
      addUp(await bench.read(d.dKeys), parts),
      narrow(await bench.read(d.dBase), columns, gap),
      narrow(Float32Array.from(mix), columns, gap),
      sums.subarray(width + gated),
      sums.subarray(width, width + gated),
      sums.subarray(0, width),
    ];
    const names = ['dQueries', 'dKeys', 'dBase', 'dMix', 'dBias', 'dReader', 'dHead'];
    const expected = x.logits.map((logit, i) => logit + geneBias[i % genes]);
    return [
      { name: 'logits', values: await bench.read(plain), expected: x.logits, share: 4e-6 },
      { name: 'with biases', values: await bench.read(biased), expected, share: 4e-6 },
      ...names.map((name, i) => {
        return { name, values: found[i], expected: x.gradients[i], share: 1e-5 };
      }),
    ];
  };
  const name = `logits of ${genes} genes in ${cells} cells, ${tokens} tokens of ${width}, gated ${gated}, ${parts} parts`;
  return { name, kernels: ['geneLogits', 'geneLogitsGradient'], run };
}

/** Tokens of every gene: where each one's begin, and which they are. */
function tokensByGene(ids: Uint32Array, genes: number) {
  const lists = Array.from({ length: genes }, (_, g) =>
    [...ids.keys()].filter((k) => ids[k] === g),
  );
  const geneStarts = lists.reduce((starts, list) => [...starts, starts.at(-1)! + list.length], [0]);
  return { geneStarts, places: lists.flat() };
}

/** @param lengths tokens of each cell */
function poolingCase(
  lengths: readonly number[],
  genes: number,
  tokens: number,
  width: number,
  parts: number,
): KernelCase {
  const cells = lengths.length;
  const rows = genes + 1;
  const side = width + tokens;
  const known = once(() => {
    const starts = Uint32Array.from([0, ...lengths], (_, i) =>
      lengths.slice(0, i).reduce((a, b) => a + b, 0),
    );
    const room = starts[cells];
    // No gene twice in a cell.
    const ids = Uint32Array.from({ length: room }, (_, k) => (5 * k + 3) % genes);
    const logs = normals(room, 91).map((log) => Math.abs(log) + 0.7);
    const table = normals(rows * side, 92);
    const spread = normals(2 * rows, 93, 0.3);
    const moments = spread.map((m, i) => (i < rows ? Math.abs(m) + 1 : 0.4 * m));
    const bias = normals(width, 94);
    const dOut = normals(cells * tokens * width, 95);
    const value = (...v: ArrayLike<number>[]): Float64Array => {
      const [own, spreads, values] = v as [Float64Array, Float64Array, Float64Array];
      const input: CountPoolingInput = { table: own, moments: spreads, bias: values, genes: ids, logs, starts, tokens, width }; // prettier-ignore
      return countPoolingReference(input);
    };
    const at = [table, moments, bias];
    // A cell without tokens has no gradient of the bias either.
    const gradients = slopes(value, dOut, at, 40);
    return { starts, room, ids, ...tokensByGene(ids, genes), logs, table, moments, bias, dOut, out: value(...at), gradients }; // prettier-ignore
  });
  const run = async (bench: KernelBench) => {
    const x = known();
    const given = {
      table: bench.put(x.table),
      side,
      moments: bench.put(x.moments),
      bias: bench.put(x.bias),
      genes: bench.words(x.ids),
      logs: bench.put(x.logs),
      starts: bench.words(x.starts),
      weights: bench.blank(x.room * tokens),
      scales: bench.blank(x.room),
      out: bench.blank(cells * tokens * width),
      cells,
      rows,
      tokens,
      width,
    };
    bench.call('countPooling', given);
    const [dTable, dMoments, dBias] = [rows * side, 2 * rows, width].map((n) => bench.blank(parts * n)); // prettier-ignore
    const d = { dOut: bench.put(x.dOut), dTable, dMoments, dBias, parts };
    const lists = { geneStarts: bench.words(x.geneStarts), places: bench.words(x.places) };
    bench.call('countPoolingGradient', { ...given, ...d, ...lists });
    const found = await Promise.all([dTable, dMoments, dBias].map((view) => bench.read(view)));
    return [
      { name: 'out', values: await bench.read(given.out), expected: x.out, share: 4e-6 },
      ...['dTable', 'dMoments', 'dBias'].map((name, i) => {
        const values = addUp(found[i], parts);
        return { name, values, expected: x.gradients[i], share: 1e-5 };
      }),
    ];
  };
  const name = `pooling of ${lengths.join(', ')} tokens of ${genes} genes, ${tokens} queries, width ${width}, ${parts} parts`;
  return { name, kernels: ['countPooling', 'countPoolingGradient'], run };
}

/** Everything in this file. */
export const GENE_CASES: readonly KernelCase[] = [
  logitsCase({ cells: 1, genes: 1, tokens: 1, width: 4, gated: 4 }, 1),
  logitsCase({ cells: 3, genes: 7, tokens: 5, width: 12, gated: 20 }, 2),
  logitsCase({ cells: 2, genes: 131, tokens: 9, width: 20, gated: 36 }, 3),
  logitsCase({ cells: 5, genes: 65, tokens: 16, width: 64, gated: 16 }, 8),
  logitsCase({ cells: 2, genes: 19, tokens: 36, width: 72, gated: 8 }, 2),
  poolingCase([1], 1, 4, 4, 1),
  poolingCase([7, 0, 13], 17, 36, 72, 2),
  poolingCase([0, 61, 33, 1, 5], 67, 12, 20, 8),
];
