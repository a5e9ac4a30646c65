/** @file Imputation on simulated cells: what is hidden stays hidden, unseen genes come back, the nearest cells are others, errors are errors. */
import { beforeAll, describe, expect, it } from 'vitest';
import { codeOf, createService, data, request } from '../models/testing/requests.ts';
import { TYPE_GENES } from '../models/testing/simulated-data.ts';
import { csrToDense, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type { ModelInfo } from '../protocol/model.ts';
import { addImputed, LEAST_STORED } from './impute-file.ts';
import { kindsOf, sortedGenes } from './impute-choice.ts';
import { ImputeReference, keepColumns } from './impute-reference.ts';
import { hideEntries, maskOf, testImputation, type ImputationTestRequest } from './impute-test.ts';
import { imputeCells, type ImputedBlock } from './impute.ts';
import { midRanks } from '../numerics/statistics.ts';
import { spearman } from './spearman.ts';

const service = createService();
/** Half of the genes of type a. */
const UNSEEN = TYPE_GENES / 2;
const columns = Object.fromEntries(data.attributes.map((a) => [a.name, a]));
const rows = Int32Array.from({ length: data.counts.rows }, (_, i) => i);
const training = rows.filter((i) => i % 4 !== 0);
const heldOut = rows.filter((i) => i % 4 === 0);
let info: ModelInfo;
let kinds: Int32Array;

beforeAll(async () => {
  await service.init('cpu');
  info = await service.train(request(data), () => undefined);
  kinds = kindsOf(info, ['type', 'state'], columns, rows) as Int32Array;
});

function testRequest(counts: CsrMatrix = selectRows(data.counts, heldOut)): ImputationTestRequest {
  return {
    training: selectRows(data.counts, training),
    trainingKinds: training.map((i) => kinds[i]),
    heldOut: counts,
    heldOutKinds: heldOut.map((i) => kinds[i]),
    genes: null,
    seed: 4,
  };
}

async function collect(
  cells: Parameters<typeof imputeCells>[1],
  reference: ImputeReference | null,
  genes: ArrayLike<number>,
  passes = 0,
): Promise<ImputedBlock[]> {
  const blocks: ImputedBlock[] = [];
  const wanted = { genes, passes, seed: 1 };
  await imputeCells(service, cells, reference, wanted, (block) => void blocks.push(block));
  return blocks;
}

describe('rank correlation', () => {
  it('shares ranks among ties and agrees with the formula without ties', () => {
    expect([...midRanks([3, 1, 3, 0])]).toEqual([2.5, 1, 2.5, 0]);
    const [a, b] = [
      [1, 2, 3, 4, 5],
      [2, 1, 4, 3, 5],
    ];
    // 1 − 6 Σd² / (n (n² − 1))
    expect(spearman(a, b)).toBeCloseTo(1 - (6 * 4) / (5 * 24), 12);
    expect(spearman(a, [1, 1, 1, 1, 1])).toBe(0);
  });
});

describe('reference cells', () => {
  it('never name a cell as its own neighbour, and take columns away on request', async () => {
    const counts = selectRows(data.counts, training);
    const reference = await ImputeReference.prepare({ counts, kinds: null }, null, 0);
    const own = Int32Array.from({ length: 20 }, (_, i) => i);
    const near = await reference.nearest(selectRows(counts, own), own, 7);
    expect(near.length).toBe(140);
    own.forEach((i) => expect([...near.subarray(i * 7, i * 7 + 7)]).not.toContain(i));
    const keep = new Uint8Array(counts.cols);
    keep[3] = 1;
    const one = csrToDense(keepColumns(counts, keep));
    const all = csrToDense(counts);
    expect(one.every((v, i) => v === (i % counts.cols === 3 ? all[i] : 0))).toBe(true);
  });

  it('have means of kinds with fifteen cells or more', async () => {
    const counts = selectRows(data.counts, training);
    const few = new Int32Array(training.length).fill(1).fill(0, 0, 14);
    const reference = await ImputeReference.prepare({ counts, kinds: few }, null, 0);
    expect(reference.sharesOfKind(0)).toBeNull();
    const shares = reference.sharesOfKind(1) as Float64Array;
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
  });
});

describe('imputation', () => {
  it('hides every marked entry and no other', () => {
    const { cols } = data.counts;
    const mask = maskOf(null, 9);
    const [all, left] = [csrToDense(data.counts), csrToDense(hideEntries(data.counts, mask))];
    const marks = new Uint8Array(cols);
    let hidden = 0;
    for (let r = 0; r < data.counts.rows; r++) {
      mask(r, marks);
      for (let g = 0; g < cols; g++) {
        hidden += marks[g];
        if (left[r * cols + g] !== (marks[g] === 1 ? 0 : all[r * cols + g])) throw new Error(`${r} ${g}`); // prettier-ignore
      }
    }
    expect(hidden / (data.counts.rows * cols)).toBeCloseTo(0.1, 1);
  });

  it('tells kinds of cells apart better than the mean of all, on hidden counts', async () => {
    const plain = await testImputation(service, testRequest());
    const [combined, ...others] = plain.scores;
    expect(combined.method).toBe('combined');
    expect(others.map(({ method }) => method)).toEqual(['model', 'nearest', 'kind', 'overall']);
    expect(combined.spearman).toBeGreaterThan(others[3].spearman + 0.05);
    expect(plain.entries).toBeGreaterThan(0.08 * heldOut.length * data.counts.cols);
    expect(plain.entries).toBeLessThan(0.12 * heldOut.length * data.counts.cols);
    expect(plain.trainingCells).toBe(training.length);
  });

  it('fills unseen genes of a kind from the others', async () => {
    const counts = selectRows(data.counts, heldOut);
    const seen = new Uint8Array(counts.cols).fill(1).fill(0, 0, UNSEEN);
    const unseen = (_: number, marks: Uint8Array): void => {
      marks.set(seen.map((s) => 1 - s));
    };
    const genes = Uint32Array.from({ length: UNSEEN }, (_, g) => g);
    const cells = { counts: keepColumns(counts, seen), kinds: null, own: null, unseen };
    const blocks = await collect(cells, null, genes);
    expect(blocks.reduce((sum, { cells: n }) => sum + n, 0)).toBe(heldOut.length);
    // Genes of type a: cells of type a must be filled higher than cells of type b.
    const type = heldOut.map((i) => columns['type'].codes[i]);
    const mean = (kind: number): number => {
      let [sum, n] = [0, 0];
      for (const { from, cells: size, model } of blocks)
        for (let r = 0; r < size; r++)
          if (type[from + r] === kind) {
            sum += model.subarray(r * UNSEEN, (r + 1) * UNSEEN).reduce((a, b) => a + b, 0);
            n++;
          }
      return sum / n;
    };
    expect(mean(0)).toBeGreaterThan(2 * mean(1));
  });

  it('tells standard errors that shrink with a cell’s counts', async () => {
    const own = Int32Array.from({ length: 12 }, (_, i) => i);
    const counts = selectRows(data.counts, own);
    const rich = { ...counts, values: counts.values.map((v) => v * 30) };
    const genes = Uint32Array.from({ length: data.counts.cols }, (_, g) => g);
    const relative = async (given: CsrMatrix): Promise<number> => {
      const cells = { counts: given, kinds: null, own: null, unseen: null };
      const [{ sd, combined }] = await collect(cells, null, genes, 6);
      let sum = 0;
      (sd as Float32Array).forEach((value, i) => (sum += value / combined[i] / combined.length));
      return sum;
    };
    const usual = await relative(counts);
    expect(usual).toBeGreaterThan(0);
    expect(await relative(rich)).toBeLessThan(usual);
  });

  it('writes layers of the chosen genes alone, without tiny values', async () => {
    const cells = { counts: data.counts, kinds: null, own: null, unseen: null };
    const genes = Uint32Array.from([1, 5]);
    const [block] = await collect(cells, null, genes, 2);
    const added: { layers: Record<string, CsrMatrix>; counts: CsrMatrix }[] = [];
    const stream = { add: (part: never) => void added.push(part) } as never;
    addImputed(stream, data.counts, block, genes);
    const { imputed, imputed_sd: sd } = added[0].layers;
    expect(imputed.rows).toBe(block.cells);
    expect(new Set(imputed.indices)).toEqual(new Set([1, 5]));
    expect(imputed.values.every((v) => v >= LEAST_STORED)).toBe(true);
    expect(sd.cols).toBe(data.counts.cols);
  });

  it('names genes and refuses unknown ones and too few cells', async () => {
    const names = ['A', 'B', 'C'];
    expect([...sortedGenes(names, ['C', 'A', 'C'])]).toEqual([0, 2]);
    expect(() => sortedGenes(names, ['D'])).toThrow(/knows 3 genes/);
    const few = {
      ...testRequest(selectRows(data.counts, heldOut.subarray(0, 5))),
      heldOutKinds: null,
    };
    expect(await testImputation(service, few).then(() => 'none', codeOf)).toBe('too-few-cells');
  });

  it('scores chosen genes one by one', async () => {
    const { genes, scores } = await testImputation(service, { ...testRequest(), genes: [2, 7] });
    expect(genes.map(({ gene }) => gene)).toEqual([2, 7]);
    expect(genes[0].entries).toBeGreaterThan(0.35 * heldOut.length);
    expect(scores.length).toBe(5);
  });
});
