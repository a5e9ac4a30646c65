/** @file What survives a reload: the opened file, the model and the settings, in the browser's private storage (OPFS). */
import { z } from 'zod';

z.config({ jitless: true });

const sessionSchema = z.object({
  version: z.literal(1),
  fileName: z.string(),
  source: z.string().nullable(),
  choices: z.record(z.string(), z.unknown()),
  guidance: z.record(z.string(), z.unknown()),
  look: z.record(z.string(), z.unknown()),
  /** What was asked about perturbations. */
  question: z.record(z.string(), z.unknown()).optional(),
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

/** The model kept for a file, or null. */
export async function recallModel(
  fileName: string,
  shape: readonly [number, number],
): Promise<Uint8Array | null> {
  const file = await read(await modelName(fileName, shape));
  return file ? new Uint8Array(await file.arrayBuffer()) : null;
}

/** Keeps the settings. */
export async function keepSession(record: SessionRecord): Promise<void> {
  await write('session.json', JSON.stringify(record));
}

/** What the last visit left: settings and the file; null when nothing usable. */
export async function recallSession(): Promise<{
  readonly record: SessionRecord;
  readonly file: File;
} | null> {
  const text = await (await read('session.json'))?.text();
  if (!text) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = sessionSchema.safeParse(json);
  if (!parsed.success) return null;
  const kept = await read('data.h5ad');
  return kept ? { record: parsed.data, file: new File([kept], parsed.data.fileName) } : null;
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
