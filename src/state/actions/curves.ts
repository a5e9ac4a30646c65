/** @file Guidance curves: cells of the present choice at growing weights of each attribute, measured one point after the other. */
import { curveMeter } from '../../clients/judge-client.ts';
import { model } from '../../clients/model-client.ts';
import { curveWeights, type CurvePoint, type Curves } from '../../protocol/curves.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { columnsOfKind, isGenes } from '../kinds.ts';
import { get, patch, studio } from '../store.ts';
import type { CurvesState } from '../types.ts';
import { showError } from './alerts.ts';
import { makeCells, realCodes, realCounts, realRows, requestFor } from './check-request.ts';
import { whenQuiet } from './quiet.ts';

const pointCells = 200;
const seed = 2_000_003;
/** Combinations kept in the plot; the oldest leaves. */
const mostChoices = 4;

let turn = 0;

function patchCurves(change: Partial<CurvesState>): void {
  patch('verdict', { curves: { ...get().verdict.curves, ...change } });
}

/** Forgets the curves with their model. */
export function forgetCurves(): void {
  studio.subscribe((now, before) => {
    if (now.model.info?.id === before.model.info?.id) return;
    stopCurves();
    patchCurves({ status: 'none', doing: '', done: 0, of: 0, curves: null });
  });
}

/** Ends a measurement; the points so far stay. */
export function stopCurves(): void {
  if (get().verdict.curves.status !== 'running') return;
  turn += 1;
  curveMeter.end();
  patchCurves({ status: 'stopped', doing: '' });
}

/** The present choice; attributes without a fixed value take their most frequent category. */
export function presentChoice(info: ModelInfo): number[] {
  const { terms } = get().guidance;
  return info.attributes.map(({ name, categories, cells }) => {
    const value = terms[name]?.value ?? null;
    return value === null ? cells.indexOf(Math.max(...cells)) : categories.indexOf(value);
  });
}

/** Measures the curves of the present choice. Points arrive one by one; sliders come first. */
export async function drawCurves(): Promise<void> {
  const { info, status } = get().model;
  if (status !== 'ready' || !info || info.attributes.length === 0) return;
  turn += 1;
  const mine = turn;
  const isCurrent = (): boolean => mine === turn;
  const codes = presentChoice(info);
  patchCurves({ status: 'running', doing: 'Reading real cells', done: 0, of: 0 });
  try {
    await whenQuiet(isCurrent);
    const rows = await realRows();
    const attributes = realCodes(info, rows);
    const counts = await realCounts(info, rows);
    if (!isCurrent()) return;
    patchCurves({ doing: 'Training the classifier' });
    const columns = comparedColumns(info);
    const request = { ...counts, attributes, choices: [codes], columns, mostCells: pointCells, seed: 1 }; // prettier-ignore
    const frame = await curveMeter.open(request);
    if (!isCurrent()) return;
    const [choice] = frame.choices;
    const place = addChoice(info, choice);
    await measureAll(info, codes, choice.cells, place, isCurrent);
    if (!isCurrent()) return;
    patchCurves({ status: 'ready', doing: '' });
  } catch (thrown) {
    if (!isCurrent()) return;
    const error = StudioError.from(thrown);
    patchCurves({ status: error.code === 'cancelled' ? 'stopped' : 'failed', doing: '' });
    if (error.code !== 'cancelled') showError(error, 'The model is unchanged.');
  } finally {
    if (isCurrent()) curveMeter.end();
  }
}

/** Curves compare genes, where there are any, and else what there is. */
function comparedColumns({ modalities = [] }: ModelInfo) {
  const genes = modalities.find(isGenes);
  return genes && columnsOfKind(modalities, genes);
}

/** Gives a combination its place among the curves; measured again, it starts anew. */
function addChoice(info: ModelInfo, choice: Curves['choices'][number]): number {
  const known = get().verdict.curves.curves;
  const kept = (known?.choices ?? [])
    .map((own, index) => ({ own, index }))
    .filter(({ own }) => own.codes.join() !== choice.codes.join())
    .slice(1 - mostChoices);
  const points = (known?.points ?? []).flatMap((point) => {
    const at = kept.findIndex(({ index }) => index === point.choice);
    return at < 0 ? [] : [{ ...point, choice: at }];
  });
  patchCurves({
    curves: {
      attributes: info.attributes.map(({ name }) => name),
      choices: [...kept.map(({ own }) => own), choice],
      points,
    },
  });
  return kept.length;
}

async function measureAll(
  info: ModelInfo,
  codes: readonly number[],
  cells: number,
  place: number,
  isCurrent: () => boolean,
): Promise<void> {
  const others = curveWeights.filter((weight) => weight !== 1);
  const wanted = [
    { attribute: 0, weight: 1 },
    ...info.attributes.flatMap((_, attribute) => others.map((weight) => ({ attribute, weight }))),
  ];
  patchCurves({ of: wanted.length });
  const [gene] = (await model.genes()).names;
  const own = Object.fromEntries(
    info.attributes.map(({ name }, a) => [name, new Int32Array(cells).fill(codes[a])]),
  );
  for (const [i, { attribute, weight }] of wanted.entries()) {
    const { name } = info.attributes[attribute];
    patchCurves({ done: i, doing: `${name} at weight ${weight}` });
    const request = requestFor(info, own, cells, seed, { [name]: weight });
    const synthetic = await whenSampled(() => makeCells(request), isCurrent);
    const point = await curveMeter.measure({ choice: 0, attribute, weight, synthetic });
    if (!isCurrent()) return;
    // Weight 1 is the same for every attribute.
    const all = weight === 1 ? info.attributes.map((_, a) => a) : [attribute];
    addPoints(all.map((a) => ({ ...point, attribute: a, choice: place })));
    await keepShown(gene);
  }
  patchCurves({ done: wanted.length });
}

function addPoints(points: readonly CurvePoint[]): void {
  const { curves } = get().verdict.curves;
  if (curves) patchCurves({ curves: { ...curves, points: [...curves.points, ...points] } });
}

/** Runs until no slider has come first. */
async function whenSampled<T>(run: () => Promise<T>, isCurrent: () => boolean): Promise<T> {
  for (;;) {
    await whenQuiet(isCurrent);
    const made = await run().catch((thrown: unknown) => {
      if (StudioError.from(thrown).code === 'cancelled') return null;
      throw thrown;
    });
    if (made !== null) return made;
  }
}

/** The model worker keeps the samples that were looked at last: the cells on the map shall stay. */
async function keepShown(gene: string): Promise<void> {
  const { sampleId } = get().synthetic;
  if (sampleId !== null) await model.gene(sampleId, gene, 'counts').catch(() => null);
}
