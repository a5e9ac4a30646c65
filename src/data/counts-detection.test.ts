/** @file The counts are found by their values, wherever they are and however they were transformed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { csrFromDense, csrToDense, rowSums } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { CountsSource } from '../protocol/dataset.ts';
import type { OutColumn } from './h5ad-writer.ts';
import {
  anndataFixtures,
  nodeService,
  sharedData,
  temporaryFolder,
  writeSmall,
} from './testing/files.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const rows = 37;
const cols = 61;
const random = createRandom(11);
const counts = Float64Array.from({ length: rows * cols }, (_, i) =>
  random.negativeBinomial(0.3 + (i % cols) / 12, 1.5),
);
const libraries = rowSums(csrFromDense(rows, cols, counts));

/** log1p of counts scaled so that `libraries[cell]` becomes `target`, in float32, of the first `genes` genes. */
function logNormalise(target: number, of: ArrayLike<number>, genes = cols): number[] {
  const values: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < genes; c++) {
      values.push(Math.fround(Math.log1p((counts[r * cols + c] * target) / of[r])));
    }
  }
  return values;
}

function firstGenes(genes: number): number[] {
  return Array.from(
    { length: rows * genes },
    (_, i) => counts[Math.floor(i / genes) * cols + (i % genes)],
  );
}

async function openX(
  name: string,
  X: number[],
  genes: number,
  obs: Record<string, OutColumn> = {},
): Promise<{ source: CountsSource; loaded: number[] | null }> {
  const path = await writeSmall(folder.path, `${name}.h5ad`, { rows, cols: genes, X, obs });
  const io = nodeService();
  const summary = await io.open({ path });
  const source = summary.counts[0];
  expect(summary.chosen).toBe(source.usable ? 'X' : null);
  let loaded: number[] | null = null;
  if (source.usable || source.undo || source.roundable) {
    await io.load('X');
    loaded = Array.from(csrToDense(await io.counts()));
  }
  await io.close();
  return { source, loaded };
}

describe('log-normalised values', () => {
  it.each([10_000, 1_000_000, 1832.5])(
    'gives counts back when each cell sums to %d',
    async (target) => {
      const { source, loaded } = await openX(
        `all-${target}`,
        logNormalise(target, libraries),
        cols,
      );
      expect(source).toMatchObject({ kind: 'log-normalised', usable: false });
      expect(source.undo).toEqual({ targetSum: target, totalsColumn: null });
      expect(source.reason).toContain('each cell then sums to');
      expect(loaded).toEqual(Array.from(counts));
    },
  );

  it('uses a column of totals when the file holds only some of the genes', async () => {
    const obs: Record<string, OutColumn> = {
      score: { kind: 'double', values: libraries.map(Math.sqrt) },
      n_counts: { kind: 'number', values: Float32Array.from(libraries) },
    };
    const { source, loaded } = await openX('subset', logNormalise(1e4, libraries, 23), 23, obs);
    expect(source.undo).toEqual({ targetSum: 10_000, totalsColumn: 'n_counts' });
    expect(source.reason).toContain("obs['n_counts']");
    expect(loaded).toEqual(firstGenes(23));
  });

  it('does not trust a column of other totals', async () => {
    const wrong = libraries.map((value, i) => value * (1 + ((i * 7) % 5) / 9));
    const obs: Record<string, OutColumn> = { n_counts: { kind: 'double', values: wrong } };
    const { source, loaded } = await openX(
      'wrong-totals',
      logNormalise(1e4, libraries, 23),
      23,
      obs,
    );
    expect(source.undo).toEqual({ targetSum: 1, totalsColumn: null });
    expect(loaded).toEqual(firstGenes(23));
  });

  it('takes logarithms rounded to three decimals', async () => {
    const rounded = logNormalise(1e4, libraries, 23).map((v) => Math.round(v * 1000) / 1000);
    const obs: Record<string, OutColumn> = { n_counts: { kind: 'double', values: libraries } };
    const { source, loaded } = await openX('rounded', rounded, 23, obs);
    expect(source.undo).toEqual({ targetSum: 10_000, totalsColumn: 'n_counts' });
    expect(loaded).toEqual(firstGenes(23));
  });

  it('refuses logarithms of values that were never counts', async () => {
    const noise = createRandom(5);
    const X = Array.from(counts, (v) => (v === 0 ? 0 : Math.log1p(v * (0.5 + noise.uniform()))));
    const { source } = await openX('corrected', X, cols);
    expect(source.usable).toBe(false);
    expect(source.undo).toBeNull();
  });
});

describe('other values', () => {
  it('takes whole numbers of any type as counts', async () => {
    const { source, loaded } = await openX('whole', Array.from(counts), cols);
    expect(source).toMatchObject({
      kind: 'counts',
      usable: true,
      reason: 'Found in X: whole numbers.',
    });
    expect(loaded).toEqual(Array.from(counts));
  });

  it('recognises normalised values without a logarithm', async () => {
    const X = Array.from(counts, (v, i) => (v * 1e4) / libraries[Math.floor(i / cols)]);
    const { source, loaded } = await openX('normalised', X.map(Math.fround), cols);
    expect(source).toMatchObject({
      kind: 'normalised',
      usable: false,
      undo: { targetSum: 10_000, totalsColumn: null, linear: true },
    });
    expect(source.reason).toContain('X is normalised (each cell sums to 10,000).');
    expect(loaded).toEqual(Array.from(counts));
  });

  it('recognises counts per million, and gives the counts back', async () => {
    const X = Array.from(counts, (v, i) => (v * 1e6) / libraries[Math.floor(i / cols)]);
    const { source, loaded } = await openX('cpm', X.map(Math.fround), cols);
    expect(source.reason).toContain('counts per million: each cell sums to 1,000,000');
    expect(loaded).toEqual(Array.from(counts));
  });

  it('does not undo transcripts per million, whose genes have lengths', async () => {
    const perLength = Array.from(counts, (v, i) => v / (0.6 + (((i % cols) * 0.317) % 3.1)));
    const sums = rowSums(csrFromDense(rows, cols, perLength));
    const X = perLength.map((v, i) => (v * 1e6) / sums[Math.floor(i / cols)]);
    const { source } = await openX('tpm', X.map(Math.fround), cols);
    expect(source).toMatchObject({ kind: 'normalised', undo: null, roundable: false });
    expect(source.reason).toContain('so it is not used');
  });

  it('offers to round counts of which ambient molecules were taken off', async () => {
    const ambient = counts.map((v, i) => Math.max(0, v - 0.02 * (1 + (i % 3))));
    const { source, loaded } = await openX('ambient', Array.from(ambient), cols);
    expect(source).toMatchObject({ kind: 'fractional', usable: false, roundable: true });
    expect(source.reason).toContain('They can be rounded.');
    expect(loaded).toEqual(Array.from(counts));
  });

  it('prefers X, then layers called counts, and says why X is not used', async () => {
    const io = nodeService();
    const summary = await io.open({ path: join(anndataFixtures, 'lognorm_layers_raw.h5ad') });
    expect(summary.chosen).toBe('layers/counts');
    expect(summary.counts.map((source) => [source.where, source.kind])).toEqual([
      ['X', 'log-normalised'],
      ['layers/counts', 'counts'],
      ['raw/X', 'counts'],
    ]);
    expect(summary.counts[1].reason).toBe(
      "Found in layers['counts']: whole numbers. X is log-normalised, so it is not used.",
    );
    const loaded = await io.load('raw/X');
    expect([loaded.nObs, loaded.nVars]).toEqual([23, 23]);
    expect(loaded.varNames.length).toBe(23);
    expect(await io.examine()).toEqual(summary.counts);
    await io.close();
  });
});

const kang = join(sharedData, 'kang18');
if (!existsSync(kang))
  console.log('Left out: the log-normalised file of Kang 2018 (no shared data).');

describe.runIf(existsSync(kang))('Kang 2018', () => {
  it('gives the published counts back from the log-normalised file', async () => {
    const io = nodeService();
    const legacy = await io.open({ path: join(kang, 'kang-lognorm-legacy.h5ad') });
    expect(legacy.chosen).toBeNull();
    expect(legacy.counts[0]).toMatchObject({
      kind: 'log-normalised',
      undo: { targetSum: 1832.5, totalsColumn: 'n_counts' },
    });
    const { obsNames } = await io.load('X');
    const undone = await io.counts();
    const raw = await io.open({ path: join(kang, 'kang-ifnb-2k.h5ad') });
    expect(raw.chosen).toBe('X');
    await io.load('X');
    const original = await io.counts();
    expect(raw.obsNames.length).toBe(obsNames.length);
    // Buffers compare in one go; the matcher would look at each of 600,000 entries.
    for (const part of ['indptr', 'indices', 'values'] as const) {
      expect(Buffer.from(undone[part].buffer).equals(Buffer.from(original[part].buffer))).toBe(
        true,
      );
    }
    await io.close();
  });
});
