/** @file Saving a big file in blocks to a place that the person chooses, where the browser offers that. */
import { StudioError, cancelled } from '../../protocol/errors.ts';

/** A file that the person chose. */
export interface SavePlace {
  createWritable(): Promise<SaveStream>;
  getFile?(): Promise<{ readonly size: number }>;
  /** Not in every browser. */
  remove?(): Promise<void>;
}

/** A file open for writing; what is written stands in it only after `close`. */
export interface SaveStream {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

interface Picker {
  showSaveFilePicker?(options: { readonly suggestedName: string }): Promise<SavePlace>;
}

const blockBytes = 8_000_000;

/** A place with its open file. */
export interface OpenPlace {
  readonly place: SavePlace;
  readonly stream: SaveStream;
}

/**
 * Asks for a place and opens a file there, so that a refusal is known before the cells are made. 'download' where the browser has no such
 * dialog, 'cancelled' when the person closed it. Error: export-failed.
 */
export async function choosePlace(name: string): Promise<OpenPlace | 'download' | 'cancelled'> {
  const picker = globalThis as Picker;
  if (!picker.showSaveFilePicker) return 'download';
  let place: SavePlace;
  try {
    place = await picker.showSaveFilePicker({ suggestedName: name });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return 'cancelled';
    // Not allowed here (a frame, a policy): the browser's own download still works.
    return 'download';
  }
  try {
    return { place, stream: await place.createWritable() };
  } catch (thrown) {
    await removeEmpty(place);
    throw refusal(thrown);
  }
}

/** Writes a blob block by block; memory holds one block. Errors: export-failed, cancelled; nothing half-written is left behind. */
export async function writeBlocks(
  { place, stream }: OpenPlace,
  content: Blob,
  signal: AbortSignal | null = null,
): Promise<void> {
  try {
    for (let at = 0; at < content.size; at += blockBytes) {
      if (signal?.aborted) throw cancelled();
      const block = content.slice(at, Math.min(content.size, at + blockBytes));
      await stream.write(new Uint8Array(await block.arrayBuffer()));
    }
    await stream.close();
  } catch (thrown) {
    await leavePlace({ place, stream });
    throw thrown instanceof StudioError ? thrown : refusal(thrown);
  }
}

/** Gives a place up: nothing is written there, and the empty file that the browser made when it was chosen goes. */
export async function leavePlace({ place, stream }: OpenPlace): Promise<void> {
  await stream.abort().catch(() => undefined);
  await removeEmpty(place);
}

async function removeEmpty(place: SavePlace): Promise<void> {
  const size = await place.getFile?.().then(
    (file) => file.size,
    () => -1,
  );
  if (size === 0) await place.remove?.().catch(() => undefined);
}

/** Why a place refused, by the name that the browser gives it, and what to do. */
const reasons: Readonly<Record<string, string>> = {
  QuotaExceededError: 'The disk is full. Free space on it, or choose a place on another disk.',
  NotAllowedError:
    'The permission to write there is gone: the browser or the system took it back. Choose the place again.',
  NotFoundError: 'The folder or the file is no longer there. Choose another place.',
  InvalidStateError: 'Another program changed the file meanwhile. Choose another place.',
  NoModificationAllowedError: 'Another page or program writes this file. Choose another place.',
};

function refusal(thrown: unknown): StudioError {
  const name = thrown instanceof DOMException ? thrown.name : '';
  return new StudioError(
    'export-failed',
    'The file could not be saved.',
    reasons[name] ?? 'The folder refused it. Choose another place.',
    { cause: String(thrown) },
  );
}
