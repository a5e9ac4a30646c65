/** @file Perturbation screens with parts hidden before anything looks at them: real ones, and a simulated one whose truth is known. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBackend } from '../../src/data/h5-node.ts';
import { IoService } from '../../src/data/io-service.ts';
import { defaultScreen, simulateScreen, type ScreenTruth } from '../../src/data/simulate-screen.ts';
import type { CodedColumn } from '../../src/evaluation/perturb/screen.ts';
import { columnCounts, selectColumns, selectRows, type CsrMatrix } from '../../src/numerics/csr.ts';
import { createRandom } from '../../src/numerics/random.ts';
import { membersOf, type ScreenLabels } from '../../src/protocol/screen-labels.ts';

const SHARED = join(import.meta.dirname, '../../../shared/data');

/** A screen with cells put aside. */
export interface ScreenCase {
  readonly name: string;
  readonly counts: CsrMatrix;
  readonly genes: readonly string[];
  /** Name of the perturbation column, and of the context's. */
  readonly attribute: string;
  readonly context: string | null;
  readonly labels: CodedColumn;
  readonly contexts: CodedColumn | null;
  readonly screen: ScreenLabels;
  /** 1 for cells that no model sees. */
  readonly test: Uint8Array;
  /** Labels (with their context) of which no cell is seen. */
  readonly hidden: readonly { readonly label: string; readonly context: string | null }[];
  readonly truth: ScreenTruth | null;
}

/** Shares of the cells of every seen group that are put aside; more of the controls, because truth is measured from them. */
const TEST_SHARE = 0.2;
const CONTROL_SHARE = 0.3;
/** In a context that is asked for: so many control cells, but half of them at most, so that no training cell has to stand for the truth. */
const ENOUGH_CONTROLS = 50;
const HALF = 0.5;
const LEAST_CELLS = 30;

interface Whole extends Omit<ScreenCase, 'test' | 'hidden' | 'name'> {
  readonly file: string;
}

/** Marks hidden labels as a whole, and a share of every other group. */
function putAside(whole: Whole, hidden: ScreenCase['hidden'], seed: number): Uint8Array {
  const { labels, contexts, screen } = whole;
  const random = createRandom(seed, 81);
  const groups = new Map<string, number[]>();
  labels.codes.forEach((code, cell) => {
    if (code < 0) return;
    const key = `${code} ${contexts?.codes[cell] ?? 0}`;
    const own = groups.get(key);
    if (own) own.push(cell);
    else groups.set(key, [cell]);
  });
  const test = new Uint8Array(labels.codes.length);
  for (const cells of groups.values()) {
    const label = labels.categories[labels.codes[cells[0]]];
    const context = contexts === null ? null : contexts.categories[contexts.codes[cells[0]]];
    const isHidden = hidden.some((one) => one.label === label && one.context === context);
    const isAsked = context !== null && hidden.some((one) => one.context === context);
    const enough = isAsked ? Math.min(HALF, ENOUGH_CONTROLS / cells.length) : 0;
    const share = label === screen.control ? Math.max(CONTROL_SHARE, enough) : TEST_SHARE;
    const order = random.permutation(cells.length);
    const taken = isHidden ? cells.length : Math.round(share * cells.length);
    for (const k of order.subarray(0, taken)) test[cells[k]] = 1;
  }
  return test;
}

/** A finished case; genes are those seen in at least 30 training cells, and the perturbed ones. */
function finish(
  name: string,
  { file: _file, ...whole }: Whole,
  hidden: ScreenCase['hidden'],
  seed: number,
): ScreenCase {
  const test = putAside({ ...whole, file: '' }, hidden, seed);
  const perturbed = new Set(
    whole.labels.categories.flatMap((label) => membersOf(label, whole.screen)),
  );
  const rows = [...test.keys()].filter((cell) => test[cell] === 0 && whole.labels.codes[cell] >= 0);
  const seen = columnCounts(selectRows(whole.counts, rows));
  const kept = [...seen.keys()].filter(
    (g) => seen[g] >= LEAST_CELLS || perturbed.has(whole.genes[g]),
  );
  return {
    ...whole,
    name,
    hidden,
    test,
    counts: selectColumns(whole.counts, kept),
    genes: kept.map((g) => whole.genes[g]),
  };
}

async function readWhole(
  path: string,
  attribute: string,
  context: string | null,
  screen: ScreenLabels,
): Promise<Whole> {
  const io = new IoService(nodeBackend());
  try {
    const summary = await io.open({ path });
    if (summary.chosen === null) throw new Error(`There are no counts in ${path}.`);
    const loaded = await io.load(summary.chosen);
    return {
      file: path,
      counts: await io.counts(),
      genes: loaded.varNames,
      attribute,
      context,
      labels: loaded.categorical[attribute],
      contexts: context === null ? null : loaded.categorical[context],
      screen,
      truth: null,
    };
  } finally {
    await io.close();
  }
}

/** Knock-outs whose gene is measured, so that a model can know it without having seen it; each seed hides three others of these nine. */
const MEASURED = ['IFNGR2', 'JAK2', 'TNFRSF14', 'CMTM6', 'NFKBIA', 'STAT2', 'UBE2L6', 'STAT3', 'STAT1']; // prettier-ignore
const HIDDEN_PERTURBATIONS = 3;

/** Without the cells whose guide is not clear. */
function withoutUnclear({ labels, ...whole }: Whole): Whole {
  const unclear = labels.categories.indexOf('ambiguous');
  const codes = labels.codes.map((code) => (code === unclear ? -1 : code));
  return { ...whole, labels: { ...labels, codes } };
}

/**
 * The cases: `kang:TYPE` (IFN-β in a cell type never seen stimulated), `papalexi` (three knock-outs hidden, a fifth of the cells of
 * the others), `doubles` (a simulated screen with a third of its pairs hidden). Null where the file is not there.
 */
export async function openCase(name: string, seed: number): Promise<ScreenCase | null> {
  const [set, value] = name.split(':');
  if (set === 'kang') {
    const path = join(SHARED, 'kang18/kang-ifnb-2k.h5ad');
    if (!existsSync(path)) return null;
    const whole = await readWhole(path, 'condition', 'cell_type', { control: 'control', separator: null }); // prettier-ignore
    return finish(name, whole, [{ label: 'stimulated', context: value }], seed);
  }
  if (set === 'papalexi') {
    const path = join(SHARED, 'papalexi-eccite.h5ad');
    if (!existsSync(path)) return null;
    const whole = await readWhole(path, 'perturbation', null, { control: 'NT', separator: null });
    const order = createRandom(0, 82).permutation(MEASURED.length);
    const first = HIDDEN_PERTURBATIONS * (seed % 3);
    const hidden = Array.from(order.subarray(first, first + HIDDEN_PERTURBATIONS), (k) => ({
      label: MEASURED[k],
      context: null,
    }));
    return finish(name, withoutUnclear(whole), hidden, seed);
  }
  if (set !== 'doubles') throw new Error(`There is no case ${name}.`);
  const { counts, geneNames, labels, label, truth } = simulateScreen({ ...defaultScreen, seed: 100 + seed }); // prettier-ignore
  const whole: Whole = {
    file: 'simulated',
    counts,
    genes: geneNames,
    attribute: 'perturbation',
    context: null,
    labels: { categories: labels, codes: label },
    contexts: null,
    screen: { control: labels[0], separator: '+' },
    truth,
  };
  const order = createRandom(seed, 83).permutation(truth.pairs.length);
  const hidden = Array.from(order.subarray(0, Math.floor(truth.pairs.length / 3)), (k) => ({
    label: truth.pairs[k].label,
    context: null,
  }));
  return finish(name, whole, hidden, seed);
}
