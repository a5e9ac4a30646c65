/** @file Batch correction, counterfactual cells and augmentation on simulated cells whose truth is known, with one small trained model. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, codeOf, createService, data, request, term } from '../models/testing/requests.ts';
import { TYPE_GENES } from '../models/testing/simulated-data.ts';
import { emptyCsr, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { largestDifference } from '../numerics/testing/compare.ts';
import type { ModelInfo } from '../protocol/model.ts';
import {
  augmentCells,
  planAugmentation,
  planCombinations,
  rareCombinations,
  type AugmentRequest,
} from './augment.ts';
import { correctBatches, countUnseen, type CorrectionRequest } from './correct-batches.ts';
import { makeCounterfactual, type CounterfactualRequest } from './counterfactual.ts';
import { measureCorrection } from './measure-correction.ts';
import { carryCells, labelCells, plainCarry, type LabelledCells } from './transport.ts';

const service = createService();
const columns = Object.fromEntries(data.attributes.map((a) => [a.name, a]));
const [type, state] = data.attributes.map((a) => a.codes);
let info: ModelInfo;
let cells: LabelledCells;

beforeAll(async () => {
  await service.init('cpu');
  info = await service.train(request(data), () => undefined);
  cells = labelCells(info, data.counts, columns);
});

/** Share of the counts of some cells that falls on group 0 (type a), 1 (type b) or 2 (state on) of the genes. */
function share(counts: CsrMatrix, group: number, chosen: (row: number) => boolean): number {
  let [own, all] = [0, 0];
  for (let r = 0; r < counts.rows; r++) {
    if (!chosen(r)) continue;
    for (let e = counts.indptr[r]; e < counts.indptr[r + 1]; e++) {
      all += counts.values[e];
      if (Math.floor(counts.indices[e] / TYPE_GENES) === group) own += counts.values[e];
    }
  }
  return own / all;
}

function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'none', codeOf);
}

describe('carrying cells', () => {
  it('brings them back to where they were under their own labels', async () => {
    const to = { to: cells.codes, average: null };
    const { before, result } = await carryCells(service, cells, to, plainCarry);
    expect(largestDifference(result.latents, before)).toBeLessThan(0.02);
    expect(result.extrapolated).toBe(false);
  });

  it('tells how far it is, from the way there to the way back', async () => {
    const shares: number[] = [];
    const to = { to: cells.codes, average: null };
    const slow = { ...plainCarry, solver: { method: 'rk4', steps: 40 } as const };
    await carryCells(service, cells, to, slow, ({ share }) => void shares.push(share));
    expect(shares[0]).toBe(0);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
    expect(shares.every((share) => share <= 1)).toBe(true);
  });

  it('translates a file’s categories, whatever their order, and refuses unknown ones', () => {
    const turned = { ...columns, type: { categories: ['b', 'a'], codes: type.map((c) => 1 - c) } };
    expect([...labelCells(info, data.counts, turned).codes['type']]).toEqual([...type]);
    const gap = { ...columns, type: { categories: ['a'], codes: new Int32Array(420).fill(-1) } };
    expect(labelCells(info, data.counts, gap).codes['type'].every((c) => c === -1)).toBe(true);
    const fail = (change: object): string => {
      try {
        labelCells(info, data.counts, { ...columns, ...change });
        return 'none';
      } catch (error) {
        return codeOf(error);
      }
    };
    expect(fail({ type: { categories: ['a', 'c'], codes: type } })).toBe('bad-request');
    const without: Parameters<typeof labelCells>[2] = { state: columns['state'] };
    expect(() => labelCells(info, data.counts, without)).toThrow(/steered by type/);
  });
});

const correction: CorrectionRequest = {
  batch: 'state',
  keep: null,
  to: 'off',
  counts: true,
  carry: plainCarry,
};

describe('batch correction', () => {
  it('gives all cells the reference batch’s genes and leaves their kind', async () => {
    const done = await correctBatches(service, info, cells, correction);
    const counts = done.counts as CsrMatrix;
    const on = (r: number): boolean => state[r] === 1;
    const [was, off] = [share(data.counts, 2, on), share(data.counts, 2, (r) => !on(r))];
    const now = share(counts, 2, on);
    // Eight-fold genes: most of the difference between batches is gone.
    expect(Math.abs(now - off)).toBeLessThan(0.25 * (was - off));
    for (const kind of [0, 1]) {
      const own = (r: number): boolean => on(r) && type[r] === kind;
      const other = (r: number): boolean => on(r) && type[r] !== kind;
      expect(share(counts, kind, own)).toBeGreaterThan(2 * share(counts, kind, other));
    }
    expect(done.batches).toEqual(['off', 'on']);
    expect(done.unseenCells).toBe(0);
    const sums = done.transport.logLibrary;
    expect(sums.length).toBe(420);
  });

  it('keeps each cell’s own library size', async () => {
    const done = await correctBatches(service, info, cells, { ...correction, counts: false });
    const own = Float32Array.from({ length: 420 }, (_, r) => {
      const { indptr, values } = data.counts;
      return Math.log(values.subarray(indptr[r], indptr[r + 1]).reduce((a, b) => a + b, 0));
    });
    expect(largestDifference(done.transport.logLibrary, own)).toBeLessThan(1e-5);
    expect(done.counts).toBeNull();
  });

  it('mixes the batches better by the measures, also when they go to their average', async () => {
    const done = await correctBatches(service, info, cells, { ...correction, to: null });
    const measures = await measureCorrection({
      counts: data.counts,
      labels: type,
      batches: state,
      before: done.before,
      after: done.after,
      latentDim: done.latentDim,
      mostCells: 300,
      seed: 0,
    });
    expect(measures.cells).toBe(300);
    const { uncorrected, corrected, linear } = measures;
    expect(corrected.batchCorrection).toBeGreaterThan(uncorrected.batchCorrection + 0.2);
    expect(linear.batchCorrection).toBeGreaterThan(uncorrected.batchCorrection + 0.2);
    expect(uncorrected.pcrComparison).toBe(0);
  });

  it('refuses what cannot be corrected, and says why', async () => {
    const run = (change: Partial<CorrectionRequest>, given = cells): Promise<string> =>
      failure(correctBatches(service, info, given, { ...correction, ...change }));
    expect(await run({ batch: 'donor' })).toBe('bad-attribute');
    expect(await run({ keep: ['donor'] })).toBe('bad-attribute');
    expect(await run({ to: 'maybe' })).toBe('bad-request');
    const one = { counts: data.counts, codes: { type, state: new Int32Array(420) } };
    await expect(correctBatches(service, info, one, correction)).rejects.toThrow(
      /come from state off/,
    );
    const split = { counts: data.counts, codes: { type: state, state } };
    await expect(correctBatches(service, info, split, correction)).rejects.toThrow(/occurs in two/);
    expect(await run({ keep: [] }, split)).toBe('none');
  });

  it('counts cells whose new combination was never trained on', () => {
    const few = { ...info, combinations: [5, 0, 3, 2] };
    const on = { type, state: new Int32Array(420).fill(1) };
    const typeA = type.filter((c) => c === 0).length;
    expect(countUnseen(few, on, ['type', 'state'])).toBe(typeA);
    expect(countUnseen(few, on, ['state'])).toBe(0);
    expect(countUnseen({ ...info, combinations: null }, on, ['state'])).toBe(0);
  });
});

const change: CounterfactualRequest = {
  set: { state: 'on' },
  where: { type: 'b' },
  carry: plainCarry,
};

describe('counterfactual cells', () => {
  it('change the genes that the condition changes, as the real cells do', async () => {
    const made = await makeCounterfactual(service, info, cells, change);
    const chosen = [...type.keys()].filter((i) => type[i] === 1 && state[i] === 0);
    expect([...made.rows]).toEqual(chosen);
    expect(made.realCells).toBe(
      [...type.keys()].filter((i) => type[i] === 1 && state[i] === 1).length,
    );
    expect(made.agreement.model?.pearson).toBeGreaterThan(0.95);
    expect(made.agreement.additive?.pearson).toBeGreaterThan(0.95);
    const group = (values: Float64Array, g: number): number =>
      values.subarray(g * TYPE_GENES, (g + 1) * TYPE_GENES).reduce((a, b) => a + b, 0) / TYPE_GENES;
    const observed = group(made.observed as Float64Array, 2);
    expect(group(made.effect, 2) / observed).toBeGreaterThan(0.7);
    expect(group(made.effect, 2) / observed).toBeLessThan(1.3);
  });

  it('have nothing to be compared with when the real cells are missing', async () => {
    const rows = Int32Array.from([...type.keys()].filter((i) => type[i] === 0 || state[i] === 0));
    const some = {
      counts: selectRows(data.counts, rows),
      codes: { type: rows.map((i) => type[i]), state: rows.map((i) => state[i]) },
    };
    const made = await makeCounterfactual(service, info, some, change);
    expect(made.observed).toBeNull();
    expect(made.agreement).toEqual({ model: null, additive: null });
    expect(made.additive).not.toBeNull();
    const all = await makeCounterfactual(service, info, some, { ...change, where: {} });
    expect(all.additive).toBeNull();
  });

  it.each<[string, Partial<CounterfactualRequest>, string]>([
    ['nothing to set', { set: {} }, 'bad-request'],
    ['an unknown attribute', { set: { donor: 'x' } }, 'bad-attribute'],
    ['an unknown value', { where: { type: 'c' } }, 'bad-request'],
    ['no cell that lacks it', { where: { state: 'on' } }, 'bad-request'],
  ])('refuse %s', async (_name, part, code) => {
    expect(await failure(makeCounterfactual(service, info, cells, { ...change, ...part }))).toBe(
      code,
    );
  });
});

const wanted: AugmentRequest = {
  attribute: 'type',
  values: ['b', 'a'],
  cells: 60,
  fill: [],
  weights: {},
  solver: { method: 'heun', steps: 6 },
  seed: 5,
};

describe('augmentation', () => {
  it('makes the kinds it was asked for, with the other attributes of real cells of the kind', async () => {
    const onlyOff = Int32Array.from([...type.keys()].filter((i) => state[i] === 0));
    const made = await augmentCells(service, info, cells, wanted, onlyOff);
    expect([...made.sample.codes['type']]).toEqual([...Array(60).fill(1), ...Array(60).fill(0)]);
    expect(made.sample.codes['state'].every((c) => c === 0)).toBe(true);
    expect(made.templates).toEqual([1, 0].map((k) => onlyOff.filter((i) => type[i] === k).length));
    const isB = (r: number): boolean => r < 60;
    expect(share(made.counts, 1, isB)).toBeGreaterThan(2 * share(made.counts, 1, (r) => !isB(r)));
    // Library sizes are those of the class, within the spread of its mean.
    const sizes = made.sample.logLibrary.reduce((a, b) => a + b, 0) / 120;
    expect(Math.abs(sizes - Math.log(300))).toBeLessThan(0.25);
  });

  it('spreads filled attributes evenly', () => {
    const { codes } = planAugmentation(info, cells, { ...wanted, fill: ['state'] }, null);
    const on = (from: number): number =>
      codes['state'].subarray(from, from + 60).reduce((a, b) => a + b, 0);
    expect([on(0), on(60)]).toEqual([30, 30]);
  });

  it('fills combinations with few training cells, also those without any', async () => {
    const [types, states] = info.attributes;
    const table = info.combinations ?? [];
    const count = (t: number, s: number): number => table[t * states.categories.length + s] ?? 0;
    const most = Math.max(...table);
    const all = rareCombinations(info, ['type', 'state'], most + 1);
    expect(all).toHaveLength(types.categories.length * states.categories.length);
    for (const { values, cells: own } of all) {
      const at = [types, states].map((a) => a.categories.indexOf(values[a.name]));
      expect(own).toBe(count(at[0], at[1]));
    }
    const least = Math.min(...table);
    const rare = rareCombinations(info, ['type', 'state'], least + 1);
    expect(rare.every(({ cells: own }) => own === least)).toBe(true);
    const combinations = rare.map(({ values }) => values);
    const added = await augmentCells(service, info, cells, { ...wanted, cells: 3, combinations });
    expect(added.sample.cells).toBe(3 * rare.length);
    const first = combinations[0];
    expect(Array.from(added.sample.codes['type'].subarray(0, 3))).toEqual(Array(3).fill(types.categories.indexOf(first['type']))); // prettier-ignore
    expect(Array.from(added.sample.codes['state'].subarray(0, 3))).toEqual(Array(3).fill(states.categories.indexOf(first['state']))); // prettier-ignore
    const open = planCombinations(info, cells, { cells: 40, seed: 1, combinations: [{ type: 'a' }] }, null); // prettier-ignore
    expect(new Set(open.codes['type'])).toEqual(new Set([types.categories.indexOf('a')]));
    expect(new Set(open.codes['state']).size).toBe(2);
    expect(() => planCombinations(info, cells, { cells: 1, seed: 1, combinations: [] }, null)).toThrow('No combination'); // prettier-ignore
    expect(() => rareCombinations(info, ['type', 'type'], 5)).toThrow('Two attributes');
  });

  it.each<[string, Partial<AugmentRequest>, string]>([
    ['an unknown attribute', { attribute: 'donor' }, 'bad-attribute'],
    ['an unknown value', { values: ['c'] }, 'bad-request'],
    ['filling the attribute itself', { fill: ['type'] }, 'bad-request'],
    ['no cells', { cells: 0 }, 'bad-request'],
  ])('refuses %s', async (_name, part, code) => {
    expect(await failure(augmentCells(service, info, cells, { ...wanted, ...part }))).toBe(code);
  });

  it('refuses a kind without a real cell', async () => {
    const none = {
      counts: emptyCsr(0, 37),
      codes: { type: new Int32Array(0), state: new Int32Array(0) },
    };
    expect(await failure(augmentCells(service, info, none, wanted))).toBe('bad-request');
  });
});

describe('the service', () => {
  it('keeps transported cells for decoding beside samples', async () => {
    const few = {
      counts: selectRows(data.counts, [3, 5, 8]),
      codes: { type: type.slice(0, 3), state: state.slice(0, 3) },
    };
    const { result } = await carryCells(service, few, { to: few.codes, average: null }, plainCarry);
    const sampled = await service.sample(ask([term('type', 'a')], { cells: 4 }));
    expect((await service.decode(result.sampleId)).rows).toBe(3);
    expect((await service.decode(sampled.sampleId)).rows).toBe(4);
  });

  it('ends an older transport when a newer one begins', async () => {
    const latents = await service.encode(data.counts);
    const order = {
      ...plainCarry,
      latents,
      logLibrary: new Float32Array(420).fill(5.7),
      from: cells.codes,
      to: cells.codes,
      average: null,
    };
    const [older, newer] = [failure(service.transport(order)), failure(service.transport(order))];
    expect(await older).toBe('cancelled');
    expect(await newer).toBe('none');
  });
});
