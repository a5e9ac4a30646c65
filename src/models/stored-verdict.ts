/**
 * @file The verdict inside a model file: `verdict.json`, checked on reading, because what it holds is drawn and read out.
 *
 * A file without it is whole, and readers that know nothing of it pass over it.
 */
import { z } from 'zod';
import type { StoredVerdict } from '../protocol/judge.ts';
import { peaksPart } from './stored-peaks.ts';

const measures = z.record(z.string(), z.number());
const interval = z.tuple([z.number(), z.number()]);
const floorValue = z.object({
  mean: z.number(),
  low: z.number(),
  high: z.number(),
  draws: z.number(),
});

const surroundings = {
  intervals: z.record(z.string(), interval),
  floor: z.record(z.string(), floorValue),
  baselines: z.record(z.string(), measures),
};

const check = z.object({
  id: z.enum(['expression', 'toldApart', 'coverage', 'zeros', 'library', 'hits', 'copies']),
  name: z.string(),
  value: z.number(),
  middle: z.number(),
  low: z.number(),
  high: z.number(),
  inside: z.boolean(),
  light: z.enum(['good', 'near', 'far']),
  interval: interval.nullable(),
  baselines: measures,
  shown: z.string(),
  floorShown: z.string(),
  says: z.string(),
  advice: z.string(),
});

const group = z.object({
  attribute: z.string(),
  value: z.string(),
  heldOut: z.number(),
  synthetic: z.number(),
  measures,
  ...surroundings,
});

const unseen = z.object({
  value: z.string(),
  heldOut: z.number(),
  synthetic: z.number(),
  energy: z.number(),
  interval: interval.nullable(),
  floor: floorValue,
  hits: z.number().nullable(),
  realHits: z.number().nullable(),
  nearest: z.number().nullable(),
  shifted: z.number().nullable(),
});

const paper = z.object({
  rows: z.array(
    z.object({
      name: z.string(),
      wasserstein1: z.number(),
      wasserstein2: z.number(),
      mmd: z.number(),
      classWasserstein2: z.number().nullable(),
      classMmd: z.number().nullable(),
    }),
  ),
  offset: z.number(),
  says: z.string(),
});

const hits = z.object({
  synthetic: z.number().nullable(),
  interval: interval.nullable(),
  real: z.number(),
  baselines: measures,
});

const verdict = z.object({
  ...surroundings,
  key: z.string(),
  complete: z.literal(true),
  decided: z.boolean(),
  cells: z.object({ heldOut: z.number(), training: z.number(), synthetic: z.number() }),
  genes: z.number(),
  headline: z.string(),
  sentence: z.string(),
  numbers: z.string(),
  fitFor: z.string(),
  weakest: z.string().nullable(),
  advice: z.array(z.string()),
  passed: z.number(),
  checks: z.array(check),
  measures,
  hits: z.record(z.string(), hits),
  groups: z.array(group),
  unseen: z.array(unseen),
  paper: paper.nullable(),
  seconds: z.number(),
  notes: z.array(z.string()),
  peaks: peaksPart.optional(),
});

const stored = z.object({
  model: z.string(),
  checkedAt: z.string(),
  settings: z.object({
    seed: z.number(),
    weight: z.number(),
    solver: z.object({ method: z.string() }),
    mostCells: z.number(),
    mostTraining: z.number(),
    mostTransport: z.number(),
  }),
  verdict,
});

/**
 * Reads `verdict.json`. Null when it is no complete verdict on this model as this version knows it: the model is good without.
 *
 * @param model id of the model in whose file it stands
 */
export function readVerdict(text: string, model: string): StoredVerdict | null {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  const checked = stored.safeParse(content);
  if (!checked.success || checked.data.model !== model) return null;
  // What was read, not what was checked: keys stay in their order, so that writing it again gives the same bytes.
  return content as StoredVerdict;
}

/** The text of `verdict.json`. */
export function writeVerdict(verdict: StoredVerdict): string {
  return JSON.stringify(verdict);
}
