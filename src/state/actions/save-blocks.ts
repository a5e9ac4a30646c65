/** @file Saving a big file in blocks to a place that the person chooses, where the browser offers that. */
import { StudioError } from '../../protocol/errors.ts';

/** A file open for writing. */
export interface SavePlace {
  createWritable(): Promise<{
    write(bytes: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(): Promise<void>;
  }>;
}

interface Picker {
  showSaveFilePicker?(options: { readonly suggestedName: string }): Promise<SavePlace>;
}

const blockBytes = 8_000_000;

/** Asks for a place. 'download' where the browser has no such dialog, 'cancelled' when the person closed it. */
export async function choosePlace(name: string): Promise<SavePlace | 'download' | 'cancelled'> {
  const picker = globalThis as Picker;
  if (!picker.showSaveFilePicker) return 'download';
  try {
    return await picker.showSaveFilePicker({ suggestedName: name });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return 'cancelled';
    // Not allowed here (a frame, a policy): the browser's own download still works.
    return 'download';
  }
}

/** Writes a blob block by block; memory holds one block. Error: export-failed; nothing half-written is left behind. */
export async function writeBlocks(place: SavePlace, content: Blob): Promise<void> {
  const stream = await place.createWritable().catch(refuse);
  try {
    for (let at = 0; at < content.size; at += blockBytes) {
      const block = content.slice(at, Math.min(content.size, at + blockBytes));
      await stream.write(new Uint8Array(await block.arrayBuffer()));
    }
    await stream.close();
  } catch (thrown) {
    await stream.abort().catch(() => undefined);
    refuse(thrown);
  }
}

function refuse(thrown: unknown): never {
  throw new StudioError(
    'export-failed',
    'The file could not be saved.',
    'The folder refused it or the disk is full. Choose another place; the cells are still here.',
    { cause: String(thrown) },
  );
}
