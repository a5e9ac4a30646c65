/** @file Counterfactual cells: chosen real cells as they would be under another condition, and what that does to each gene. */
import { logNormalise } from '../maps/log-counts.ts';
import { selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type { ModelApi } from '../protocol/api.ts';
import { StudioError } from '../protocol/errors.ts';
import type { ModelInfo, TransportEvent } from '../protocol/model.ts';
import { cellsWith, codesOfValues, type Values } from './cell-choice.ts';
import {
  additiveEffect,
  agreement,
  meanExpression,
  meanOfRows,
  type EffectAgreement,
} from './gene-effects.ts';
import { carryCells, type CarrySettings, type LabelledCells } from './transport.ts';

/** Which cells, and what they shall be. */
export interface CounterfactualRequest {
  /** The new values. */
  readonly set: Values;
  /** Only cells with these values; none: all cells. Cells that have the new values already are left out. */
  readonly where: Values;
  /** Only these cells, by position; absent: all. */
  readonly among?: Int32Array;
  readonly carry: CarrySettings;
}

/** Chosen cells under the new condition. */
export interface CounterfactualCells {
  /** Positions of the chosen cells. */
  readonly rows: Int32Array;
  /** Over the model's genes. */
  readonly counts: CsrMatrix;
  readonly before: Float32Array;
  readonly after: Float32Array;
  readonly latentDim: number;
  /** Some cell's new combination has no training cell. */
  readonly extrapolated: boolean;
  /**
   * Change of mean log1p(CP10k) by gene: counts drawn under the new condition minus counts drawn from the same latents, carried without a
   * change of labels. So what the model gets wrong on both sides does not count as an effect. Few cells are drawn several times.
   */
  readonly effect: Float64Array;
  /** The real change, from the chosen cells to the real cells of the new condition; null where there are none. */
  readonly observed: Float64Array | null;
  /** Real cells of the new condition. */
  readonly realCells: number;
  /** The mean difference of the other kinds of cells; null where no other kind has both conditions. */
  readonly additive: Float64Array | null;
  readonly agreement: {
    readonly model: EffectAgreement | null;
    readonly additive: EffectAgreement | null;
  };
}

/** Effects are means over about so many draws of counts: of fewer cells each is drawn again, so often at most. */
const DRAWN = { cells: 1024, times: 8 } as const;

/**
 * Carries cells to another condition and measures the effect.
 *
 * Errors: bad-attribute and bad-request (an unknown attribute or value, no cells to change), cancelled.
 */
export async function makeCounterfactual(
  service: ModelApi,
  info: ModelInfo,
  cells: LabelledCells,
  request: CounterfactualRequest,
  onEvent: (event: TransportEvent) => void = () => undefined,
): Promise<CounterfactualCells> {
  const choice = chooseCells(info, cells, request);
  const { rows } = choice;
  const drawn = repeated(rows, Math.min(DRAWN.times, Math.ceil(DRAWN.cells / rows.length)));
  const own: LabelledCells = {
    counts: selectRows(cells.counts, drawn),
    codes: Object.fromEntries(
      Object.entries(cells.codes).map(([name, codes]) => [name, drawn.map((i) => codes[i])]),
    ),
  };
  const to = { ...own.codes };
  for (const [name, code] of Object.entries(choice.target)) {
    to[name] = new Int32Array(drawn.length).fill(code);
  }
  const changed = await carryCells(service, own, { to, average: null }, request.carry, (event) =>
    onEvent(halfOf(event, 0)),
  );
  const counts = await service.decode(changed.result.sampleId);
  const back = { to: own.codes, average: null };
  const same = await carryCells(service, own, back, unchanged(request), (event) =>
    onEvent(halfOf(event, 0.5)),
  );
  const unmoved = await meanExpression(await service.decode(same.result.sampleId));
  const effect = (await meanExpression(counts)).map((value, g) => value - unmoved[g]);
  const { observed, additive, realCells } = await compare(
    cells,
    comparable(cells, choice, request),
  );
  const against = (predicted: Float64Array | null): EffectAgreement | null =>
    predicted === null || observed === null ? null : agreement(predicted, observed);
  const { latentDim, latents } = changed.result;
  return {
    rows,
    counts: selectRows(
      counts,
      rows.map((_, i) => i),
    ),
    before: changed.before.slice(0, rows.length * latentDim),
    after: latents.slice(0, rows.length * latentDim),
    latentDim,
    extrapolated: changed.result.extrapolated,
    effect,
    observed,
    realCells,
    additive,
    agreement: { model: against(effect), additive: against(additive) },
  };
}

/** The rows one after the other, several times over. */
function repeated(rows: Int32Array, times: number): Int32Array {
  return Int32Array.from({ length: rows.length * times }, (_, i) => rows[i % rows.length]);
}

/** Progress of one of two carryings that take about as long. */
function halfOf({ share, secondsLeft }: TransportEvent, begun: 0 | 0.5): TransportEvent {
  const left =
    secondsLeft === null || begun > 0 ? secondsLeft : secondsLeft * (1 + 1 / (1 - share || 1));
  return { share: begun + share / 2, secondsLeft: left };
}

/** The way back takes the weights of the way there, or the cells would move without a change of labels. */
function unchanged({ carry }: CounterfactualRequest): CarrySettings {
  return { ...carry, weightsToCells: carry.weightsToNoise };
}

interface Choice {
  readonly rows: Int32Array;
  readonly target: Readonly<Record<string, number>>;
  readonly where: Readonly<Record<string, number>>;
}

/** Errors: as makeCounterfactual. */
function chooseCells(
  info: ModelInfo,
  cells: LabelledCells,
  { set, where, among }: CounterfactualRequest,
): Choice {
  const target = codesOfValues(info, set);
  const wanted = codesOfValues(info, where);
  if (Object.keys(target).length === 0) {
    throw badRequest('No new value is given. Say what the cells shall be.');
  }
  const there = (i: number): boolean =>
    Object.entries(target).every(([name, code]) => cells.codes[name][i] === code);
  const allowed = among === undefined ? null : new Set(among);
  const rows = cellsWith(cells, wanted).filter((i) => !there(i) && allowed?.has(i) !== false);
  if (rows.length === 0) {
    const asked = Object.entries(where).map(([name, value]) => `${name} ${value}`);
    throw badRequest(
      asked.length === 0
        ? 'All cells have the new values already.'
        : `No cell with ${asked.join(' and ')} lacks the new values.`,
    );
  }
  return { rows, target, where: wanted };
}

function badRequest(message: string): StudioError {
  return new StudioError('bad-request', 'There are no cells to change.', message);
}

/**
 * Cells chosen by hand, or all cells, are compared with real cells of their kind: the values that all of them share. Null when they are of several kinds,
 * whose make-up would count as an effect.
 */
function comparable(
  { codes }: LabelledCells,
  choice: Choice,
  { among, where: asked }: CounterfactualRequest,
): Choice | null {
  if (among === undefined && Object.keys(asked).length > 0) return choice;
  const where: Record<string, number> = { ...choice.where };
  for (const [name, own] of Object.entries(codes)) {
    if (name in choice.target) continue;
    const values = new Set([...choice.rows].map((i) => own[i]));
    if (values.size !== 1) return null;
    where[name] = own[choice.rows[0]];
  }
  return { ...choice, where };
}

/** The real change and the additive baseline's. */
async function compare(
  cells: LabelledCells,
  choice: Choice | null,
): Promise<Pick<CounterfactualCells, 'observed' | 'additive' | 'realCells'>> {
  if (choice === null) return { observed: null, additive: null, realCells: 0 };
  const { rows, target, where } = choice;
  const logs = await logNormalise(cells.counts);
  const fixed = Object.fromEntries(Object.entries(where).filter(([name]) => !(name in target)));
  const real = cellsWith(cells, { ...fixed, ...target });
  const from = meanOfRows(logs, rows);
  const observed =
    real.length === 0 ? null : meanOfRows(logs, real).map((value, g) => value - from[g]);
  const chosen = new Set(cellsWith(cells, fixed));
  const sources = new Set([...rows].map((i) => sideKey(cells, target, i)));
  const targetKey = Object.values(target).join();
  const others = Object.keys(cells.codes).filter((name) => !(name in target));
  const kindOf = Array.from({ length: logs.rows }, (_, i) =>
    chosen.has(i) ? null : others.map((name) => cells.codes[name][i]).join(),
  );
  const side = Array.from({ length: logs.rows }, (_, i) => {
    const key = sideKey(cells, target, i);
    return key === targetKey ? ('target' as const) : sources.has(key) ? ('source' as const) : null;
  });
  return { observed, realCells: real.length, additive: additiveEffect(logs, kindOf, side) };
}

/** A cell's own categories in the attributes that change. */
function sideKey({ codes }: LabelledCells, target: Choice['target'], i: number): string {
  return Object.keys(target)
    .map((name) => codes[name][i])
    .join();
}
