/** @file Tables for docs/fidelity.md out of the stored runs: figures with floors, and how much of the way to the floor is closed. */
import type { Verdict } from '../../src/protocol/judge.ts';
import type { RunResult } from './run.ts';

/** The four figures of the goal, as shortfalls from the floor (0: as good as real cells). */
const aspects = {
  '1-NN accuracy': ({ measures, floor }: Verdict) =>
    Math.max(0, (measures.toldApart ?? 1) - (floor.toldApart?.mean ?? 0.5)),
  coverage: ({ measures, floor }: Verdict) =>
    Math.max(0, (floor.coverage?.mean ?? 1) - (measures.coverage ?? 0)),
  'zeros W1': ({ measures, floor }: Verdict) =>
    Math.max(0, (measures.zeros ?? 0) - (floor.zeros?.mean ?? 0)),
  classifier: ({ hits }: Verdict) => {
    const [first] = Object.values(hits);
    return first ? Math.max(0, first.real - (first.synthetic ?? 0)) : 0;
  },
} as const;

type Aspect = keyof typeof aspects;

/** Share of the distance between the original and the floor that a variant closes, per aspect and on average. */
export function closedShare(
  variant: Verdict,
  original: Verdict,
): Readonly<Record<Aspect | 'mean', number>> {
  const names = Object.keys(aspects) as Aspect[];
  // Where the original is on the floor already there is nothing to close, and so nothing to lose.
  const shares = names.map((name): [Aspect, number] => {
    const from = aspects[name](original);
    return [name, from > 1e-9 ? 1 - aspects[name](variant) / from : 1];
  });
  const mean = shares.reduce((sum, [, share]) => sum + share, 0) / shares.length;
  return { ...(Object.fromEntries(shares) as Record<Aspect, number>), mean };
}

const average = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

function spread(values: readonly number[]): number {
  const centre = average(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1));
}

/** Mean ± sd over seeds. */
function shown(values: readonly number[], digits: number): string {
  const text = average(values).toFixed(digits);
  return values.length > 1 ? `${text} ± ${spread(values).toFixed(digits)}` : text;
}

const columns: readonly [string, number, (verdict: Verdict) => number][] = [
  ['checks of 7', 1, ({ passed }) => passed],
  ['1-NN accuracy', 3, ({ measures }) => measures.toldApart ?? Number.NaN],
  ['recall', 3, ({ measures }) => measures.recall ?? Number.NaN],
  ['coverage', 3, ({ measures }) => measures.coverage ?? Number.NaN],
  ['zeros W1', 1, ({ measures }) => measures.zeros ?? Number.NaN],
  ['classifier', 3, ({ hits }) => Object.values(hits)[0]?.synthetic ?? Number.NaN],
  ['energy', 3, ({ measures }) => measures.energy ?? Number.NaN],
  ['W2', 2, ({ measures }) => measures.wasserstein2 ?? Number.NaN],
  ['AUC', 3, ({ measures }) => measures.auc ?? Number.NaN],
  ['spread', 3, ({ measures }) => measures.diversity ?? Number.NaN],
  ['copies', 3, ({ measures }) => measures.copies ?? Number.NaN],
];

/** The same figures of the floor and of a trivial method, put where a verdict has its own. */
function stand(verdict: Verdict, source: 'floor' | 'independentGenes' | 'classNb'): Verdict {
  const measures =
    source === 'floor'
      ? Object.fromEntries(Object.entries(verdict.floor).map(([name, { mean }]) => [name, mean]))
      : (verdict.baselines[source] ?? {});
  const hits = Object.fromEntries(
    Object.entries(verdict.hits).map(([name, own]) => [
      name,
      { ...own, synthetic: source === 'floor' ? own.real : (own.baselines[source] ?? null) },
    ]),
  );
  return { ...verdict, measures, hits, passed: Number.NaN };
}

function row(name: string, verdicts: readonly Verdict[], closed: string): string {
  const cells = columns.map(([, digits, value]) => {
    const values = verdicts.map(value).filter((v) => !Number.isNaN(v));
    return values.length > 0 ? shown(values, digits) : '–';
  });
  return `| ${[name, ...cells, closed].join(' | ')} |`;
}

/** One table a set: floor, trivial methods, then every variant with the share closed. */
export function tablesOf(results: readonly RunResult[]): string {
  const setNames = [...new Set(results.map(({ set }) => set))];
  return setNames
    .map((set) =>
      tableOf(
        set,
        results.filter((own) => own.set === set),
      ),
    ) // prettier-ignore
    .join('\n\n');
}

function tableOf(set: string, results: readonly RunResult[]): string {
  const originals = new Map(
    results.filter(({ variant }) => variant === 'faithful').map((own) => [own.seed, own.verdict]),
  );
  const names = [...new Set(results.map(({ variant }) => variant))];
  // The floor depends on the split alone, so one run of each seed stands for all.
  const bySeed = [...new Map(results.map(({ seed, verdict }) => [seed, verdict])).values()];
  const head = ['', ...columns.map(([name]) => name), 'closed'];
  const first = results[0];
  const lines = [
    `${set}: ${first.model.trainingCells} training cells, ${first.testCells} test cells, ${first.model.nGenes} genes, seeds ${[...new Set(results.map(({ seed }) => seed))].join(', ')}.`,
    '',
    `| ${head.join(' | ')} |`,
    `| ${head.map((_, k) => (k === 0 ? '---' : '--:')).join(' | ')} |`,
    row('floor', bySeed.map((own) => stand(own, 'floor')), ''), // prettier-ignore
    row('independent genes', bySeed.map((own) => stand(own, 'independentGenes')), ''), // prettier-ignore
    row('class averages', bySeed.map((own) => stand(own, 'classNb')), ''), // prettier-ignore
  ];
  for (const name of names) {
    const own = results.filter(({ variant }) => variant === name);
    const closed = own.flatMap(({ seed, verdict }) => {
      const original = originals.get(seed);
      return original && name !== 'faithful' ? [closedShare(verdict, original).mean] : [];
    });
    const share = closed.length > 0 ? shown(closed, 2) : '';
    lines.push(row(name, own.map(({ verdict }) => verdict), share)); // prettier-ignore
  }
  return lines.join('\n');
}
