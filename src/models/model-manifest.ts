/** @file What `manifest.json` of a model file may hold, checked on reading. */
import { z } from 'zod';

/** Version of the file format; a reader takes only its own. */
export const FORMAT_VERSION = 1;

const whole = z.number().int().nonnegative();

const attribute = z.object({
  name: z.string(),
  categories: z.array(z.string()),
  cells: z.array(whole),
});

const info = z.object({
  id: z.string(),
  model: z.literal('cfgen'),
  recipe: z.enum(['recommended', 'faithful']),
  fileName: z.string(),
  sourceShape: z.tuple([whole, whole]),
  nGenes: whole,
  latentDim: whole,
  attributes: z.array(attribute),
  trainingCells: whole,
  heldOutCells: whole,
  split: z
    .object({ by: z.string().nullable(), hide: z.array(z.record(z.string(), z.string())) })
    .optional(),
  seed: whole,
  autoencoderLoss: z.number(),
  autoencoderEpoch: whole,
  flowLoss: z.number(),
  flowStep: whole,
  seconds: z.number(),
  device: z.string(),
  trainedAt: z.string(),
  stoppedEarly: z.boolean(),
});

const architecture = z.object({
  genes: whole,
  hidden: z.tuple([whole, whole]),
  latentDim: whole,
  jointLibrary: z.boolean(),
  flowHidden: whole,
  flowEmbedding: whole,
  flowBlocks: whole,
  categories: z.array(whole),
});

const library = z.object({
  mean: z.number(),
  sd: z.number(),
  min: z.number(),
  max: z.number(),
  byCategory: z.array(z.object({ mean: z.array(z.number()), sd: z.array(z.number()) })),
});

const manifestSchema = z.object({
  format: z.literal(FORMAT_VERSION),
  info,
  /** Genes in the order of the network's columns. */
  genes: z.array(z.string()),
  architecture,
  /** Per combination with training cells: its category in each attribute, then the number of cells. */
  combinations: z.array(z.array(whole)),
  library,
});

/** The checked content of `manifest.json`. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The file was written by a later version of this program. */
export class NewerFormatError extends Error {
  override readonly name = 'NewerFormatError';
}

/** Reads and checks a manifest; throws NewerFormatError, or an ordinary error that says what is wrong. */
export function parseManifest(text: string): Manifest {
  const content: unknown = JSON.parse(text);
  const { format } = z.object({ format: z.number() }).parse(content);
  if (format > FORMAT_VERSION) throw new NewerFormatError(`format ${format}`);
  return manifestSchema.parse(content);
}
