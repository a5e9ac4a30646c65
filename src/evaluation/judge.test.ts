/** @file The judge on simulated defects: every defect is caught by the measure that is meant for it, and real cells pass. */
import { beforeAll, describe, expect, it } from 'vitest';
import { simulateData } from '../models/testing/simulated-data.ts';
import { csrFromDense, csrToDense, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { TrainingData } from '../protocol/dataset.ts';
import type { Check, CheckId, JudgeEvent, JudgeRequest, Verdict } from '../protocol/judge.ts';
import { JudgeService } from './judge-service.ts';
import { Judgement } from './judge.ts';

const GENES = 150;
const TRAINING = 1600;
const HELD_OUT = 180;

interface Made {
  readonly counts: CsrMatrix;
  readonly codes: readonly Int32Array[];
}

let world: TrainingData;
const rowsFrom = (from: number, n: number) => Array.from({ length: n }, (_, i) => from + i);

beforeAll(() => {
  world = simulateData(TRAINING + 6 * HELD_OUT, GENES, 11);
});

function part(from: number, n: number): Made {
  const rows = rowsFrom(from, n);
  return {
    counts: selectRows(world.counts, rows),
    codes: world.attributes.map(({ codes }) => Int32Array.from(rows, (row) => codes[row])),
  };
}

function request(synthetic: Made, change: Partial<JudgeRequest> = {}, held = HELD_OUT) {
  const [training, heldOut] = [part(0, TRAINING), part(TRAINING, held)];
  return {
    key: '',
    heldOut: heldOut.counts,
    training: training.counts,
    synthetic: synthetic.counts,
    attributes: world.attributes.map(({ name, categories }, a) => ({
      name,
      categories,
      heldOut: heldOut.codes[a],
      training: training.codes[a],
      synthetic: synthetic.codes[a],
    })),
    seed: 1,
    mostCells: 2000,
    mostTransport: 1000,
    stoppedEarly: false,
    ...change,
  };
}

const judge = (synthetic: Made, change: Partial<JudgeRequest> = {}, held = HELD_OUT) =>
  new Judgement(request(synthetic, change, held), () => undefined, null).run();

const check = (verdict: Verdict, id: CheckId): Check => {
  const found = verdict.checks.find((own) => own.id === id);
  if (!found) throw new Error(`no check ${id}`);
  return found;
};

/** Changes dense counts cell by cell. */
function changed(made: Made, change: (dense: Float32Array) => void): Made {
  const dense = csrToDense(made.counts);
  change(dense);
  return { ...made, counts: csrFromDense(made.counts.rows, GENES, dense) };
}

describe('the judge', () => {
  it('finds real cells on the floor', async () => {
    const passed: number[] = [];
    for (const seed of [1, 2, 3, 4]) {
      const verdict = await judge(part(TRAINING + (1 + seed) * HELD_OUT, HELD_OUT), { seed });
      passed.push(verdict.passed);
      expect(verdict.checks).toHaveLength(7);
      expect(check(verdict, 'copies').inside).toBe(true);
      expect(verdict.measures.auc).toBeLessThan(0.6);
      expect(verdict.measures.diversity).toBeCloseTo(1, 1);
    }
    // Each check passes with 95 % for cells of the same law: 6.65 of 7 are expected.
    expect(passed.reduce((a, b) => a + b, 0) / 4).toBeGreaterThanOrEqual(6);
  }, 300_000);

  it('takes cells without a label for no category, and compares them all the same', async () => {
    const asked = request(part(TRAINING + 2 * HELD_OUT, HELD_OUT));
    const bare = (codes: Int32Array): Int32Array =>
      codes.map((code, cell) => (cell % 3 === 0 ? -1 : code));
    const attributes = asked.attributes.map((a, i) =>
      i === 0
        ? a
        : {
            ...a,
            heldOut: bare(a.heldOut),
            training: bare(a.training),
            synthetic: bare(a.synthetic),
          },
    );
    const verdict = await new Judgement({ ...asked, attributes }, () => undefined, null).run();
    const values = ['a', 'b', 'off', 'on', 'a × off', 'a × on', 'b × off', 'b × on'];
    expect(verdict.groups.map(({ value }) => value).every((own) => values.includes(own))).toBe(
      true,
    );
    const compared = verdict.groups.filter(({ attribute }) => attribute === 'state');
    expect(compared.map(({ value }) => value).sort()).toEqual(['off', 'on']);
    expect(verdict.unseen).toEqual([]);
    expect(verdict.checks).toHaveLength(7);
    expect(verdict.passed).toBeGreaterThanOrEqual(5);
    expect(verdict.measures.diversity).toBeCloseTo(1, 1);
  });

  it('is not deceived by genes shuffled among the cells', async () => {
    const random = createRandom(4);
    const shuffled = changed(part(TRAINING + HELD_OUT, HELD_OUT), (dense) => {
      for (let g = 0; g < GENES; g++) {
        const order = random.permutation(HELD_OUT);
        const column = rowsFrom(0, HELD_OUT).map((i) => dense[i * GENES + g]);
        column.forEach((_, i) => (dense[i * GENES + g] = column[order[i]]));
      }
    });
    const verdict = await judge(shuffled);
    expect(check(verdict, 'expression').light).toBe('far');
    expect(check(verdict, 'toldApart').inside).toBe(false);
    expect(check(verdict, 'hits').light).toBe('far');
    expect(verdict.measures.geneCorrelation).toBeGreaterThan(
      verdict.floor.geneCorrelation?.high ?? Infinity,
    );
  });

  it('catches copies of training cells', async () => {
    const verdict = await judge(part(17, HELD_OUT));
    expect(verdict.measures.exactCopies).toBe(1);
    expect(check(verdict, 'copies').light).toBe('far');
    expect(verdict.headline).toBe('Copies of the training cells');
    // One cell in five copied is enough to be caught.
    const mixed = { ...part(TRAINING + HELD_OUT, HELD_OUT) };
    const rows = rowsFrom(TRAINING + HELD_OUT, HELD_OUT).map((row, i) => (i % 5 === 0 ? i : row));
    const some = await judge({
      counts: selectRows(world.counts, rows),
      codes: mixed.codes.map((_, a) => Int32Array.from(rows, (r) => world.attributes[a].codes[r])),
    });
    expect(check(some, 'copies').inside).toBe(false);
    expect(some.measures.exactCopies).toBeCloseTo(0.2, 10);
  });

  it('catches mode collapse by coverage, recall and spread', async () => {
    const random = createRandom(6);
    const base = part(TRAINING + HELD_OUT, HELD_OUT);
    // Every cell is the average of 30 real cells of its kind, drawn anew as Poisson counts.
    const labels = rowsFrom(0, HELD_OUT).map((i) => base.codes.map((own) => own[i]).join());
    const collapsed = changed(base, (dense) => {
      const old = dense.slice();
      for (let i = 0; i < HELD_OUT; i++) {
        const like = rowsFrom(0, HELD_OUT)
          .filter((j) => labels[j] === labels[i])
          .slice(0, 30);
        for (let g = 0; g < GENES; g++) {
          const mean = like.reduce((sum, j) => sum + old[j * GENES + g], 0) / like.length;
          dense[i * GENES + g] = Math.round(mean + 0.2 * random.normal());
          if (dense[i * GENES + g] < 0) dense[i * GENES + g] = 0;
        }
      }
    });
    const verdict = await judge(collapsed);
    expect(check(verdict, 'coverage').light).toBe('far');
    expect(verdict.measures.recall).toBeLessThan((verdict.floor.recall?.low ?? 0) / 2);
    expect(verdict.measures.diversity).toBeLessThan(0.7);
    expect(verdict.weakest).toMatch(/too uniform/);
    expect(['Not like real cells', 'Partly like real cells']).toContain(verdict.headline);
  });

  it('catches wrong library sizes by their own measure, and says so', async () => {
    const random = createRandom(8);
    const thin = changed(part(TRAINING + HELD_OUT, HELD_OUT), (dense) => {
      dense.forEach((count, k) => {
        let kept = 0;
        for (let c = 0; c < count; c++) if (random.uniform() < 0.6) kept++;
        dense[k] = kept;
      });
    });
    const verdict = await judge(thin);
    const library = check(verdict, 'library');
    expect(library.light).toBe('far');
    // Thinning to 0.6 moves log sizes by −log 0.6.
    expect(verdict.measures.logLibrary).toBeCloseTo(-Math.log(0.6), 1);
    expect(library.says).toMatch(/^Library sizes are off by 6\d\u202f% \(floor/);
    expect(verdict.advice).toContain(
      'Set Library size to "As in chosen cells"; if it is, train on more cells.',
    );
    expect(verdict.numbers).toMatch(/Library sizes are too small/i);
    expect(check(verdict, 'zeros').says).toMatch(/too many zeros/);
    expect(check(verdict, 'copies').inside).toBe(true);
  });

  it('gives no verdict on fewer than 60 held-out cells, and none without training cells', async () => {
    const few = await judge(part(TRAINING + HELD_OUT, 41), {}, 41);
    expect(few.decided).toBe(false);
    expect(few.headline).toBe('');
    expect(few.sentence).toBe('Too few held-out cells (41) for a fair check. 60 are needed.');
    const none = request(part(TRAINING + HELD_OUT, HELD_OUT));
    const alone = await new Judgement(
      {
        ...none,
        training: selectRows(none.training, []),
        attributes: none.attributes.map((a) => ({ ...a, training: new Int32Array(0) })),
      },
      () => undefined,
      null,
    ).run();
    expect(alone.decided).toBe(false);
    expect(alone.measures.energy).toBeGreaterThan(0);
  });

  it('needs no attributes', async () => {
    const verdict = await judge(part(TRAINING + HELD_OUT, HELD_OUT), { attributes: [] });
    expect(verdict.decided).toBe(true);
    expect(verdict.checks.map(({ id }) => id)).not.toContain('hits');
  });
});

describe('the service', () => {
  it('reports progress, keeps verdicts by key, and can be cancelled', async () => {
    const service = new JudgeService();
    const cells = part(TRAINING + HELD_OUT, HELD_OUT);
    const events: JudgeEvent[] = [];
    const verdict = await service.judge(request(cells, { key: 'k' }), (e) => events.push(e));
    expect(events.length).toBeGreaterThan(8);
    const shares = events.map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    const first = events.find((event) => event.verdict !== null)?.verdict;
    expect(first?.checks.map(({ id }) => id)).toEqual(['zeros', 'library']);
    expect(await service.judge(request(cells, { key: 'k' }), () => undefined)).toBe(verdict);
    const stopped = service.judge(request(cells, { key: 'other' }), () => void service.cancel());
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('refuses sets that do not fit', async () => {
    const bad = { ...request(part(0, 5)), key: 'few' };
    await expect(new JudgeService().judge(bad, () => undefined)).rejects.toMatchObject({
      code: 'bad-request',
    });
  });
});
