/** @file What survives a reload: the opened file, the model and the settings, in the browser's private storage (OPFS). */
import { z } from 'zod';

z.config({ jitless: true });

const sessionSchema = z.object({
  version: z.literal(1),
  /** Name under which the file is kept, null for the demo. */
  fileName: z.string().nullable(),
  source: z.string().nullable(),
  choices: z.record(z.string(), z.unknown()),
  guidance: z.record(z.string(), z.unknown()),
  look: z.record(z.string(), z.unknown()),
  step: z.enum(['data', 'model', 'generate', 'export']),
  hasModel: z.boolean(),
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

/** Keeps the model (a *.cellsmith file), or removes it when null. Throws the browser's QuotaExceededError when full. */
export async function keepModel(bytes: Uint8Array | null): Promise<void> {
  if (bytes) await write('model.cellsmith', bytes);
  else await remove('model.cellsmith');
}

/** Keeps the settings. */
export async function keepSession(record: SessionRecord): Promise<void> {
  await write('session.json', JSON.stringify(record));
}

/** What the last visit left: settings, the file (null for the demo) and the model (null if none); null when nothing usable. */
export async function recallSession(): Promise<{
  readonly record: SessionRecord;
  readonly file: File | null;
  readonly model: Uint8Array | null;
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
  const record = parsed.data;
  const kept = record.fileName === null ? null : await read('data.h5ad');
  if (record.fileName !== null && !kept) return null;
  const modelFile = record.hasModel ? await read('model.cellsmith') : null;
  return {
    record,
    file: kept && record.fileName !== null ? new File([kept], record.fileName) : null,
    model: modelFile ? new Uint8Array(await modelFile.arrayBuffer()) : null,
  };
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
