/** @file What survives a reload: the opened file, the model and the settings, in the browser's private storage (OPFS). */
import { z } from 'zod';

z.config({ jitless: true });

/** What was kept of a field, or nothing where it is not as it should be: an older or newer page may have written it. */
const kept = <T extends z.ZodType>(field: T) => field.optional().catch(undefined);

const names = z.array(z.string()).readonly();

const screenedSchema = z.object({
  attributes: names,
  leftOut: z.record(z.string(), names).readonly(),
  leaveUnlabelled: names,
});

const screenSchema = z.object({
  attribute: kept(z.string().nullable()),
  control: kept(z.string().nullable()),
  separator: kept(z.string().nullable()),
  context: kept(z.string().nullable()),
  tier: kept(z.enum(['fast', 'pad-lite'])),
  start: kept(z.enum(['gaussian', 'noisy-control', 'control'])),
  mmdWeight: kept(z.number().min(0).max(5)),
  genes: kept(z.int().min(2).nullable()),
  graph: kept(z.object({ name: z.string(), pairs: z.int() }).nullable()),
  taken: kept(z.object({ before: screenedSchema, after: screenedSchema }).nullable()),
});

const trainingSchema = z.object({
  model: kept(z.enum(['cfgen', 'scldm', 'scdfm'])),
  size: kept(z.enum(['S', 'M', 'G'])),
  minutes: kept(z.int().min(1).max(600)),
  goOn: kept(z.boolean()),
  recipe: kept(z.enum(['recommended', 'faithful'])),
  seed: kept(z.int().min(0)),
  flowSteps: kept(z.int().min(1).nullable()),
  maxEpochs: kept(z.int().min(1).nullable()),
  heldOut: kept(z.number().gt(0).lt(1)),
  heldOutBy: kept(z.string().nullable()),
  hide: kept(z.array(z.record(z.string(), z.string()))),
  place: kept(z.enum(['auto', 'memory', 'disk', 'disk-all-genes'])),
  screen: kept(screenSchema),
});

/** How the next model of a file is trained, as kept: what was not understood is left out. */
export type KeptTraining = z.infer<typeof trainingSchema>;

const sessionSchema = z.object({
  version: z.literal(1),
  fileName: z.string(),
  source: z.string().nullable(),
  choices: z.record(z.string(), z.unknown()),
  guidance: z.record(z.string(), z.unknown()),
  look: z.record(z.string(), z.unknown()),
  /** What was asked about perturbations. */
  question: z.record(z.string(), z.unknown()).optional(),
  /** How the next model is trained. */
  training: kept(trainingSchema),
  /** There was a model of the file, so that the page can say so before it is found. */
  hasModel: kept(z.boolean()),
  /** Columns drawn in the palette instead of the colours of their file. */
  ownColours: z.array(z.string()).optional(),
  step: z.enum(['data', 'model', 'generate', 'check', 'export', 'apply', 'perturb']),
});

/** The settings of a visit, as kept. */
export type SessionRecord = z.infer<typeof sessionSchema>;

const largestCopy = 600_000_000;

async function folder(): Promise<FileSystemDirectoryHandle | null> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle('session', { create: true });
  } catch {
    return null;
  }
}

async function write(name: string, content: Blob | Uint8Array | string): Promise<void> {
  const directory = await folder();
  if (!directory) return;
  const handle = await directory.getFileHandle(name, { create: true });
  const stream = await handle.createWritable();
  await stream.write(content as FileSystemWriteChunkType);
  await stream.close();
}

async function read(name: string): Promise<File | null> {
  try {
    const directory = await folder();
    if (!directory) return null;
    const handle = await directory.getFileHandle(name);
    return await handle.getFile();
  } catch {
    return null;
  }
}

async function remove(name: string): Promise<void> {
  try {
    await (await folder())?.removeEntry(name);
  } catch {
    // it was not there
  }
}

/** Keeps a copy of the opened file for the next visit; files over 600 MB are not copied. @returns whether it is kept */
export async function keepFile(file: File): Promise<boolean> {
  if (file.size > largestCopy) {
    await remove('data.h5ad');
    return false;
  }
  await write('data.h5ad', file);
  return true;
}

const modelsKept = 5;

/** Name under which a file's model is kept: models come back with their file, whichever file was open in between. */
async function modelName(fileName: string, shape: readonly [number, number]): Promise<string> {
  const text = new TextEncoder().encode(`${fileName} ${shape[0]} ${shape[1]}`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  const hex = Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0'));
  return `model-${hex.join('')}.cellsmith`;
}

/** Keeps a file's model (a *.cellsmith file); the newest five are kept. Throws the browser's QuotaExceededError when full. */
export async function keepModel(
  fileName: string,
  shape: readonly [number, number],
  bytes: Uint8Array,
): Promise<void> {
  await write(await modelName(fileName, shape), bytes);
  const directory = await folder();
  if (!directory) return;
  const models: File[] = [];
  for await (const handle of directory.values()) {
    if (handle.kind === 'file' && handle.name.startsWith('model-')) {
      models.push(await (handle as FileSystemFileHandle).getFile());
    }
  }
  models.sort((a, b) => b.lastModified - a.lastModified);
  for (const old of models.slice(modelsKept)) await remove(old.name);
}

/** The model kept for a file, not yet read; or null. */
export async function recallModel(
  fileName: string,
  shape: readonly [number, number],
): Promise<Blob | null> {
  return read(await modelName(fileName, shape));
}

/** Keeps the settings. */
export async function keepSession(record: SessionRecord): Promise<void> {
  await write('session.json', JSON.stringify(record));
}

const graphFile = 'graph-edges.json';

/** Keeps the pairs of an imported gene graph, which the settings only name; null removes them. */
export async function keepGraph(
  edges: readonly (readonly [string, string])[] | null,
): Promise<void> {
  if (edges === null) await remove(graphFile);
  else await write(graphFile, JSON.stringify(edges));
}

/** The pairs of the imported gene graph of the last visit; null without one. */
export async function recallGraph(): Promise<readonly (readonly [string, string])[] | null> {
  try {
    const text = await (await read(graphFile))?.text();
    const pairs = z.array(z.tuple([z.string(), z.string()])).safeParse(JSON.parse(text ?? 'null'));
    return pairs.success ? pairs.data : null;
  } catch {
    return null;
  }
}

/** The settings in a kept text; null when it is none. */
export function readSession(text: string): SessionRecord | null {
  try {
    const parsed = sessionSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** What the last visit left: settings and the file; null when nothing usable. */
export async function recallSession(): Promise<{
  readonly record: SessionRecord;
  readonly file: File;
} | null> {
  const text = await (await read('session.json'))?.text();
  const record = text ? readSession(text) : null;
  if (record === null) return null;
  const file = await read('data.h5ad');
  return file ? { record, file: new File([file], record.fileName) } : null;
}

/** Removes everything that was kept in this browser. */
export async function forgetAll(): Promise<void> {
  try {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('session', { recursive: true });
  } catch {
    // nothing was kept
  }
}
