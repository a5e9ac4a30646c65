/** @file Files in the browser's private storage (OPFS), for what must not lie in memory: exports under way, blocks of counts. */
import { StudioError } from '../protocol/errors.ts';
import { mountHandle, type ScratchFile, type SyncHandle } from './scratch-file.ts';

interface SyncFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncHandle>;
}

/** Folder of exports under way. */
export const exportsFolder = 'exports';

/** Every file is guarded by a lock of this name for as long as the worker that made it may need it; the browser frees it with the worker. */
const guardName = (file: string): string => `cellsmith-file-${file}`;

/** Ends the guard of each file that this worker made. */
const guards = new Map<string, () => void>();

async function guard(file: string): Promise<void> {
  if (!('locks' in navigator)) return;
  await new Promise<void>((held, failed) => {
    navigator.locks
      .request(guardName(file), () => {
        held();
        return new Promise<void>((release) => guards.set(file, release));
      })
      .catch(failed);
  });
}

async function guarded(): Promise<ReadonlySet<string>> {
  if (!('locks' in navigator)) return new Set();
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => (name === undefined ? [] : [name])));
}

/** Folders that this worker has already tidied. */
const folders = new Map<string, Promise<FileSystemDirectoryHandle>>();

function folder(name: string): Promise<FileSystemDirectoryHandle> {
  const known = folders.get(name);
  if (known) return known;
  const opened = (async () => {
    const root = await navigator.storage.getDirectory();
    const own = await root.getDirectoryHandle(name, { create: true });
    const wanted = await guarded();
    for await (const left of own.keys()) {
      if (wanted.has(guardName(left))) continue;
      // A file that another tab has open cannot be deleted, and must not be.
      await own.removeEntry(left, { recursive: true }).catch(() => undefined);
    }
    return own;
  })();
  folders.set(name, opened);
  opened.catch(() => folders.delete(name));
  return opened;
}

/** Deletes what earlier visits left in a folder, after a crash or a closed tab. Says nothing where there is no storage. */
export async function tidyPrivateFolder(name: string): Promise<void> {
  await folder(name).catch(() => undefined);
}

/** Bytes that the browser still gives this page; Infinity where it does not say. */
export async function freeStorage(): Promise<number> {
  try {
    const { quota, usage = 0 } = await navigator.storage.estimate();
    return quota === undefined ? Infinity : quota - usage;
  } catch {
    return Infinity;
  }
}

/** A file of the private storage, open for reading and writing at any place. */
export interface PrivateFile {
  readonly name: string;
  readonly handle: SyncHandle;
  /** The file as a blob that stays on disk. The handle must be closed. */
  blob(): Promise<File>;
  remove(): Promise<void>;
}

/** Makes a new file in a folder of the private storage. Error: quota-full, when the browser offers no storage. */
export async function createPrivateFile(folderName: string): Promise<PrivateFile> {
  try {
    const own = await folder(folderName);
    const name = crypto.randomUUID();
    await guard(name);
    const file = (await own.getFileHandle(name, { create: true })) as SyncFileHandle;
    const handle = await file.createSyncAccessHandle();
    return {
      name,
      handle,
      blob: () => file.getFile(),
      remove: () => removePrivateFile(folderName, name),
    };
  } catch (thrown) {
    throw noStorage(thrown);
  }
}

/** Tries that removing a file makes, and the time between them: a worker that was ended closes its files a moment later. */
const removals = { tries: 10, pause: 200 };

/** Deletes a file of the private storage, which may just be being closed; a file that is gone is no error. */
export async function removePrivateFile(folderName: string, name: string): Promise<void> {
  for (let left = removals.tries; left > 0; left--) {
    try {
      const root = await navigator.storage.getDirectory();
      await (await root.getDirectoryHandle(folderName)).removeEntry(name);
      break;
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === 'NotFoundError') break;
      await new Promise((resolve) => setTimeout(resolve, removals.pause));
    }
  }
  guards.get(name)?.();
  guards.delete(name);
}

/** Opens a file of the private storage again, in this worker or another; its maker must have closed it. Error: quota-full, when it is gone. */
export async function openPrivateFile(folderName: string, name: string): Promise<SyncHandle> {
  try {
    const root = await navigator.storage.getDirectory();
    const own = await root.getDirectoryHandle(folderName);
    const file = (await own.getFileHandle(name)) as SyncFileHandle;
    return await file.createSyncAccessHandle();
  } catch (thrown) {
    throw noStorage(thrown);
  }
}

/** quota-full: what is too big for memory has no place on disk either. */
export function noStorage(thrown: unknown): StudioError {
  return new StudioError(
    'quota-full',
    "The browser's storage is full.",
    'It gives this page no more room on the disk. Free space on the disk or in the browser, or use fewer cells; nothing else changed.',
    { cause: String(thrown) },
  );
}

/** A scratch file in the private storage under a path that HDF5 can open. */
export async function openBrowserScratch(fs: unknown, path: string): Promise<ScratchFile> {
  const file = await createPrivateFile(exportsFolder);
  const { handle } = file;
  let failure: unknown = null;
  const unmount = mountHandle(fs, path, handle, (thrown) => (failure ??= thrown));
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    unmount();
    handle.close();
  };
  return {
    path,
    size: () => handle.getSize(),
    read: (at, length) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, handle.read(bytes, { at }));
    },
    write: (at, bytes) => {
      // In a private window Chromium gives a huge number when there is no room.
      if (handle.write(bytes, { at }) !== bytes.length)
        throw new DOMException('the disk is full', 'QuotaExceededError');
    },
    failure: () => failure,
    finish: async () => {
      handle.flush();
      close();
      return file.blob();
    },
    discard: async () => {
      close();
      await file.remove();
    },
  };
}
