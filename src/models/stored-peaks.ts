/** @file The part of a stored verdict that is about peaks, checked on reading. */
import { z } from 'zod';

/** What is not a number is written as null. */
const measured = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const measures = z.object({
  energy: measured,
  toldApart: measured,
  precision: measured,
  recall: measured,
  density: measured,
  coverage: measured,
  peaksPerCell: measured,
  peaksRatio: measured,
  frequencyCorrelation: measured,
  frequencyError: measured,
});

const verdict = z.object({
  cells: z.object({
    heldOut: z.number(),
    training: z.number(),
    synthetic: z.number(),
    compared: z.number(),
  }),
  peaks: z.number(),
  components: z.number(),
  depthLeftOut: z.boolean(),
  synthetic: measures,
  floor: measures.nullable(),
  notes: z.array(z.string()),
});

const agreement = z.object({ correlation: measured, difference: measured });

const together = z.object({
  pairs: z.number(),
  cells: z.number(),
  synthetic: agreement,
  floor: agreement.nullable(),
  untied: agreement,
  strongest: z.array(
    z.object({ gene: z.string(), peak: z.string(), real: measured, synthetic: measured }),
  ),
});

/** The part about peaks, as PeaksPart describes it. */
export const peaksPart = z.object({
  name: z.string(),
  verdict,
  together: together.nullable(),
  headline: z.string(),
  sentences: z.array(z.string()),
});
