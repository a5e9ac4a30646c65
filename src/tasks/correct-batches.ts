/** @file Batch correction: cells of all batches become cells of one reference batch, or of an average one, by flow inversion. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type { ModelApi } from '../protocol/api.ts';
import { StudioError } from '../protocol/errors.ts';
import type { ModelInfo, TransportEvent, TransportResult } from '../protocol/model.ts';
import {
  carryCells,
  requireAttribute,
  requireCategory,
  type CarrySettings,
  type LabelledCells,
} from './transport.ts';

/** What is corrected, and to what. */
export interface CorrectionRequest {
  /** Attribute of the model that names the batches. */
  readonly batch: string;
  /** Attributes whose labels are shown on both ways, so that what they explain is kept; null: all but the batch. */
  readonly keep: readonly string[] | null;
  /** The batch all cells shall come from; null: the mean of the batches' labels. */
  readonly to: string | null;
  /** Also draw counts from the corrected latents, at each cell's own library size. */
  readonly counts: boolean;
  readonly carry: CarrySettings;
}

/** Corrected cells. */
export interface CorrectedCells {
  /** Whitened latents before and after, [cells, latentDim]. */
  readonly before: Float32Array;
  readonly after: Float32Array;
  readonly latentDim: number;
  /** Over the model's genes; null when they were not asked for. */
  readonly counts: CsrMatrix | null;
  /** Batches among the cells. */
  readonly batches: readonly string[];
  /** Cells whose kept categories never occurred in the reference batch while training. */
  readonly unseenCells: number;
  readonly transport: TransportResult;
}

/**
 * Corrects cells for their batch.
 *
 * Errors: bad-attribute (the model has no such attribute), bad-request (one batch only; no kinds of cells that two batches share; an
 * unknown reference), cancelled.
 */
export async function correctBatches(
  service: ModelApi,
  info: ModelInfo,
  cells: LabelledCells,
  request: CorrectionRequest,
  onEvent?: (event: TransportEvent) => void,
): Promise<CorrectedCells> {
  const plan = planCorrection(info, cells, request);
  const { before, result } = await carryCells(service, plan.cells, plan.to, request.carry, onEvent);
  return {
    before,
    after: result.latents,
    latentDim: result.latentDim,
    counts: request.counts ? await service.decode(result.sampleId) : null,
    batches: plan.batches,
    unseenCells: plan.unseenCells,
    transport: result,
  };
}

interface CorrectionPlan {
  /** With the shown attributes alone. */
  readonly cells: LabelledCells;
  readonly to: {
    readonly to: Readonly<Record<string, Int32Array>>;
    readonly average: string | null;
  };
  readonly batches: readonly string[];
  readonly unseenCells: number;
}

/** Checks a request and works out the labels of both ways. Errors: as correctBatches. */
export function planCorrection(
  info: ModelInfo,
  cells: LabelledCells,
  { batch, keep, to }: CorrectionRequest,
): CorrectionPlan {
  const attribute = info.attributes[requireAttribute(info, batch)];
  const kept = (keep ?? info.attributes.map(({ name }) => name)).filter((name) => name !== batch);
  for (const name of kept) requireAttribute(info, name);
  const reference = to === null ? null : requireCategory(attribute, to);
  const own = cells.codes[batch];
  const present = [...new Set(own)].filter((code) => code >= 0).sort((a, b) => a - b);
  if (present.length < 2) {
    throw oneBatch(batch, present.length === 1 ? attribute.categories[present[0]] : null);
  }
  if (kept.length > 0 && !sharesKinds(cells, batch, kept)) throw noOverlap(batch, kept);
  const codes = Object.fromEntries([batch, ...kept].map((name) => [name, cells.codes[name]]));
  const target =
    reference === null ? codes : { ...codes, [batch]: new Int32Array(own.length).fill(reference) };
  return {
    cells: { counts: cells.counts, codes },
    to: { to: target, average: reference === null ? batch : null },
    batches: present.map((code) => attribute.categories[code]),
    unseenCells: reference === null ? 0 : countUnseen(info, target, [batch, ...kept]),
  };
}

/** Whether some kind of cell (its kept categories together) occurs in two batches. */
function sharesKinds({ codes }: LabelledCells, batch: string, kept: readonly string[]): boolean {
  const batchOf = new Map<string, number>();
  const own = codes[batch];
  for (let i = 0; i < own.length; i++) {
    if (own[i] < 0 || kept.some((name) => codes[name][i] < 0)) continue;
    const kind = kept.map((name) => codes[name][i]).join();
    const first = batchOf.get(kind);
    if (first !== undefined && first !== own[i]) return true;
    batchOf.set(kind, own[i]);
  }
  return false;
}

/** Cells whose shown categories have no training cell together. */
export function countUnseen(
  info: ModelInfo,
  codes: Readonly<Record<string, Int32Array>>,
  names: readonly string[],
): number {
  const { combinations, attributes } = info;
  if (combinations === null) return 0;
  const shown = attributes.map(({ name }) => (names.includes(name) ? codes[name] : null));
  const known = new Map<string, boolean>();
  const fits = (own: readonly number[]): boolean =>
    combinations.some((cells, at) => {
      if (cells === 0) return false;
      let rest = at;
      for (let a = attributes.length - 1; a >= 0; a--) {
        const size = attributes[a].categories.length;
        if (own[a] >= 0 && rest % size !== own[a]) return false;
        rest = Math.floor(rest / size);
      }
      return true;
    });
  let unseen = 0;
  const cells = codes[names[0]].length;
  for (let i = 0; i < cells; i++) {
    const own = shown.map((all) => all?.[i] ?? -1);
    const key = own.join();
    let seen = known.get(key);
    if (seen === undefined) known.set(key, (seen = fits(own)));
    if (!seen) unseen++;
  }
  return unseen;
}

function oneBatch(batch: string, only: string | null): StudioError {
  return new StudioError(
    'bad-request',
    'There is nothing to correct.',
    only === null
      ? `No cell has a value of ${batch}. Choose the column that names the batches.`
      : `All cells come from ${batch} ${only}. Choose the column that names the batches, or a file with several.`,
    { attribute: batch },
  );
}

function noOverlap(batch: string, kept: readonly string[]): StudioError {
  return new StudioError(
    'bad-request',
    'These batches share no kinds of cells.',
    `No value of ${kept.join(' with ')} occurs in two values of ${batch}, so what differs between batches cannot be told from what differs between kinds of cells. ` +
      `Keep other attributes, or choose another batch attribute.`,
    { attribute: batch },
  );
}
