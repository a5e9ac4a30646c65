/** @file The check of the cells on the map: the present choice against held-out real cells with the same values. */
import { judge } from '../../clients/judge-client.ts';
import { model } from '../../clients/model-client.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { JudgeRequest, Verdict } from '../../protocol/judge.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { intArray } from '../array-registry.ts';
import { columnOf } from '../data-view.ts';
import { get, patch, studio } from '../store.ts';
import type { CellCheckState, StudioState } from '../types.ts';
import { showError } from './alerts.ts';
import {
  judgedKinds,
  mostCells,
  mostTransport,
  realCodes,
  realCounts,
  realRows,
} from './check-request.ts';
import { whenQuiet } from './quiet.ts';

/** Below this the judge refuses. */
const fewest = 10;

/** Verdicts kept: settings that come back are not judged again. */
const mostKept = 20;

let turn = 0;
/** Verdicts on cells of the present model by what the cells depend on, the oldest first. */
const kept = new Map<string, Verdict>();

function patchCells(change: Partial<CellCheckState>): void {
  patch('verdict', { cells: { ...get().verdict.cells, ...change } });
}

/** Shows the verdict on the model, or on the cells on the map; the latter is made anew whenever they change. */
export function showVerdictOn(subject: 'model' | 'cells'): void {
  patch('verdict', { subject });
  if (subject === 'cells') void checkCells();
}

/** Checks the cells on the map again when they have changed while they are looked at. */
export function followCells(): void {
  studio.subscribe((now, before) => {
    if (now.model.info !== before.model.info) forget();
    const changed = now.synthetic.sampleId !== before.synthetic.sampleId;
    if (changed && now.verdict.subject === 'cells' && now.view.drawer === 'verdict') {
      void checkCells();
    }
    const opened = now.view.drawer === 'verdict' && before.view.drawer !== 'verdict';
    if (opened && now.verdict.subject === 'cells') void checkCells();
  });
}

function forget(): void {
  turn += 1;
  kept.clear();
  patchCells({ status: 'none', doing: '', share: 0, result: null, why: null, about: '' });
}

/** Ends a check of these cells. */
export function stopCellCheck(): void {
  const { status } = get().verdict.cells;
  if (status !== 'running' && status !== 'waiting') return;
  turn += 1;
  judge.cancel();
  patchCells({ status: 'stopped', doing: '' });
}

/** What the cells on the map depend on. */
function keyOf({ model: { info }, guidance, synthetic }: StudioState): string {
  const { terms, cells, seed, librarySize } = guidance;
  return JSON.stringify([info?.id, terms, cells, seed, librarySize, synthetic.cells, mostCells]);
}

/** Checks the cells on the map, once nothing is being steered and the model has been checked. Cells that were checked before keep their verdict. */
export async function checkCells(): Promise<void> {
  const { info } = get().model;
  if (!info) return;
  if (get().verdict.cells.status === 'running') judge.cancel();
  turn += 1;
  const mine = turn;
  const isCurrent = (): boolean => mine === turn;
  try {
    patchCells({ status: 'waiting', doing: '', share: 0, why: null });
    await whenQuiet(isCurrent);
    await modelChecked(isCurrent);
    const key = keyOf(get());
    const known = kept.get(key);
    if (known) {
      patchCells({ status: 'ready', share: 1, result: known, about: aboutWords() });
      return;
    }
    patchCells({ status: 'running', doing: 'Reading these cells', result: null, about: aboutWords() }); // prettier-ignore
    const request = await prepare(info, key);
    if (typeof request === 'string') {
      patchCells({ status: 'ready', why: request, result: null });
      return;
    }
    const result = await judge.judge(request, ({ doing, share, verdict }) => {
      if (!isCurrent() || get().verdict.cells.status !== 'running') return;
      patchCells({ doing, share, result: verdict ?? get().verdict.cells.result });
    });
    if (!isCurrent()) return;
    kept.set(key, result);
    if (kept.size > mostKept) kept.delete([...kept.keys()][0]);
    patchCells({ status: 'ready', doing: '', share: 1, result });
  } catch (thrown) {
    if (!isCurrent()) return;
    const error = StudioError.from(thrown);
    patchCells({ status: error.code === 'cancelled' ? 'stopped' : 'failed', doing: '' });
    if (error.code !== 'cancelled') showError(error, 'The cells are unchanged.');
  }
}

/** Both checks use one worker: the one of the model comes first. */
async function modelChecked(isCurrent: () => boolean): Promise<void> {
  while (['waiting', 'running'].includes(get().verdict.status)) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await whenQuiet(isCurrent);
  }
}

/** Attributes that are fixed to a value. */
function fixedTerms(): [string, string][] {
  return Object.entries(get().guidance.terms).flatMap(([name, { value, weight }]) =>
    value !== null && weight > 0 ? [[name, value] as [string, string]] : [],
  );
}

function aboutWords(): string {
  const fixed = fixedTerms().map(([, value]) => value);
  return fixed.length > 0 ? fixed.join(' × ') : 'all values, as in the data';
}

/** A request for the judge, or why there can be none. */
async function prepare(info: ModelInfo, key: string): Promise<JudgeRequest | string> {
  const { synthetic } = get();
  if (synthetic.sampleId === null) return 'Generate cells first.';
  if (synthetic.extrapolated) {
    return 'No real cell has these values, so there is nothing to compare with.';
  }
  const fixed = fixedTerms().map(([name, value]) => {
    const column = columnOf(name);
    return { codes: column?.codes, code: column?.categories.indexOf(value) ?? -1 };
  });
  const rows = await realRows((cell) => fixed.every(({ codes, code }) => codes?.[cell] === code));
  const few = Math.min(rows.heldOut.length, synthetic.cells);
  if (few < fewest) {
    return few === synthetic.cells
      ? `Only ${few} synthetic cells: at least ${fewest} are needed.`
      : `Only ${few} held-out cells have these values: at least ${fewest} are needed, and 60 for a verdict.`;
  }
  const codes = realCodes(info, rows);
  return {
    key,
    ...(await realCounts(info, rows)),
    ...(await judgedKinds(info, rows)),
    synthetic: await model.decode(synthetic.sampleId),
    attributes: codes.map((own) => ({ ...own, synthetic: askedCodes(own.name, own.categories) })),
    seed: 1,
    mostCells,
    mostTransport,
    stoppedEarly: info.stoppedEarly,
  };
}

/** What the cells on the map were asked to be, as codes of the model. */
function askedCodes(name: string, categories: readonly string[]): Int32Array {
  const { asked, cells } = get().synthetic;
  const codes = intArray(asked[name]);
  const column = columnOf(name);
  if (!codes || !column) return new Int32Array(cells).fill(-1);
  const table = column.categories.map((category) => categories.indexOf(category));
  return Int32Array.from(codes, (code) => table[code] ?? -1);
}
