/** @file What `manifest.json` of a model file may hold, checked on reading. */
import { z } from 'zod';

/**
 * Newest version of the file format. Version 2 came with several kinds of features, 3 with the scale of the library dimension, 4 with offsets
 * by category, dispersions of cells and components of latents, 5 with the width of the starting noise, 6 with control
 * cells' means that a network is shown.
 */
export const FORMAT_VERSION = 6;

/** The version in which a model is written: the oldest that knows all it holds. */
export function formatOf(
  info: { readonly modalities?: object | undefined },
  learnt: {
    readonly scale?: number | undefined;
    readonly dispersion?: object | undefined;
    readonly noise?: number | undefined;
  },
  has: { readonly tables: boolean; readonly controlMeans: boolean },
): 1 | 2 | 3 | 4 | 5 | 6 {
  if (has.controlMeans) return 6;
  if (learnt.noise !== undefined) return 5;
  if (has.tables || learnt.dispersion !== undefined) return 4;
  if (learnt.scale !== undefined) return 3;
  return info.modalities === undefined ? 1 : 2;
}

const whole = z.number().int().nonnegative();

const attribute = z.object({
  name: z.string(),
  categories: z.array(z.string()),
  cells: z.array(whole),
  unlabelled: whole.optional(),
});

const modality = z.object({
  name: z.string(),
  features: whole,
  likelihood: z.enum(['negative-binomial', 'bernoulli', 'poisson']),
});

const screen = z.object({
  attribute: z.string(),
  control: z.string(),
  separator: z.string().nullable(),
  context: z.string().nullable(),
  tier: z.enum(['fast', 'pad-lite']),
  start: z.enum(['gaussian', 'noisy-control', 'control']),
  mmdWeight: z.number().nonnegative(),
  members: z.array(z.string()),
  seenMembers: whole,
  seenLabels: z.array(z.string()),
  graph: z.array(whole),
  graphGiven: z.boolean().optional(),
});

const info = z.object({
  id: z.string(),
  model: z.enum(['cfgen', 'scldm', 'scdfm']),
  size: z.enum(['S', 'M', 'G']).optional(),
  recipe: z.enum(['recommended', 'faithful']),
  fileName: z.string(),
  sourceShape: z.tuple([whole, whole]),
  nGenes: whole,
  modalities: z.array(modality).min(1).optional(),
  latentDim: whole,
  attributes: z.array(attribute),
  trainingCells: whole,
  heldOutCells: whole,
  split: z
    .object({ by: z.string().nullable(), hide: z.array(z.record(z.string(), z.string())) })
    .optional(),
  screen: screen.optional(),
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

const cfgenArchitecture = z.object({
  genes: whole,
  hidden: z.tuple([whole, whole]),
  latentDim: whole,
  jointLibrary: z.boolean(),
  flowHidden: whole,
  flowEmbedding: whole,
  flowBlocks: whole,
  categories: z.array(whole),
  modalities: z
    .array(modality.extend({ hidden: z.array(whole).min(1) }))
    .min(1)
    .optional(),
});

const scldmArchitecture = z.object({
  genes: whole,
  latentDim: whole,
  jointLibrary: z.boolean(),
  categories: z.array(whole),
  autoencoder: z.object({
    genes: whole,
    width: whole,
    tokens: whole,
    channels: whole,
    gated: whole,
    layers: whole,
    heads: whole,
    crossHeads: whole,
    counts: z.enum(['log1p', 'projconcat']),
    context: whole.nullable(),
    geneBias: z.boolean(),
  }),
  denoiser: z.object({
    tokens: whole,
    channels: whole,
    library: z.boolean(),
    width: whole,
    gated: whole,
    layers: whole,
    heads: whole,
    categories: z.array(whole),
  }),
});

const condition = { dims: whole, members: whole, contexts: z.array(whole), width: whole };

const scdfmArchitecture = z.object({
  genes: whole,
  latentDim: whole,
  jointLibrary: z.literal(false),
  categories: z.array(whole),
  network: z.discriminatedUnion('tier', [
    z.object({ tier: z.literal('fast'), ...condition, embedding: whole, blocks: whole }),
    z.object({
      tier: z.literal('pad-lite'),
      ...condition,
      heads: whole,
      graphHeads: whole,
      layers: whole,
      ratio: whole,
      gentle: z.boolean(),
      // Files from before it was told had every gene see every gene.
      masked: z.boolean().default(false),
      shifted: z.boolean().default(false),
    }),
  ]),
});

const library = z.object({
  mean: z.number(),
  sd: z.number(),
  min: z.number(),
  max: z.number(),
  byCategory: z.array(z.object({ mean: z.array(z.number()), sd: z.array(z.number()) })),
  byCombination: z
    .array(z.object({ codes: z.array(whole), mean: z.number(), sd: z.number() }))
    .optional(),
  scale: z.number().positive().optional(),
  dispersion: z
    .object({ mean: z.number(), slope: z.number(), centre: z.number(), spread: z.number() })
    .optional(),
  noise: z.number().positive().optional(),
});

const common = z.object({
  format: z.union([
    z.literal(1),
    z.literal(2),
    z.literal(3),
    z.literal(4),
    z.literal(5),
    z.literal(6),
  ]),
  info,
  /** Genes in the order of the network's columns. */
  genes: z.array(z.string()),
  /** Per combination with training cells: its category in each attribute (−1: not labelled), then the number of cells. */
  combinations: z.array(z.array(z.number().int().min(-1))),
  library,
});

/** Sizes of the networks, by the kind of model that `info.model` names. */
const architectures = {
  cfgen: cfgenArchitecture,
  scldm: scldmArchitecture,
  scdfm: scdfmArchitecture,
} as const;

/** The checked content of `manifest.json`; `family` repeats `info.model`, and the file has it there alone. */
export type Manifest = z.infer<typeof common> &
  (
    | { readonly family: 'cfgen'; readonly architecture: z.infer<typeof cfgenArchitecture> }
    | { readonly family: 'scldm'; readonly architecture: z.infer<typeof scldmArchitecture> }
    | { readonly family: 'scdfm'; readonly architecture: z.infer<typeof scdfmArchitecture> }
  );

/** The file was written by a later version of this program. */
export class NewerFormatError extends Error {
  override readonly name = 'NewerFormatError';
}

/** Reads and checks a manifest; throws NewerFormatError, or an ordinary error that says what is wrong. */
export function parseManifest(text: string): Manifest {
  const content: unknown = JSON.parse(text);
  const { format } = z.object({ format: z.number() }).parse(content);
  if (format > FORMAT_VERSION) throw new NewerFormatError(`format ${format}`);
  const checked = common.parse(content);
  const family = checked.info.model;
  const { architecture } = z.object({ architecture: architectures[family] }).parse(content);
  return { ...checked, family, architecture } as Manifest;
}
