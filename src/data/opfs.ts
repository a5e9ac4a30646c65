/** @file Files in the browser's private storage (OPFS), for what must not lie in memory: exports under way, blocks of counts. */
import { StudioError } from '../protocol/errors.ts';
import { mountHandle, type ScratchFile, type SyncHandle } from './scratch-file.ts';

interface SyncFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncHandle>;
}

/** A folder of the private storage for this worker's own files; everything an earlier visit left in it is deleted. */
const folders = new Map<string, Promise<FileSystemDirectoryHandle>>();

function folder(name: string): Promise<FileSystemDirectoryHandle> {
  const known = folders.get(name);
  if (known) return known;
  const opened = (async () => {
    const root = await navigator.storage.getDirectory();
    const own = await root.getDirectoryHandle(name, { create: true });
    for await (const left of own.keys()) {
      // A file that another tab is writing cannot be deleted, and must not be.
      await own.removeEntry(left, { recursive: true }).catch(() => undefined);
    }
    return own;
  })();
  folders.set(name, opened);
  opened.catch(() => folders.delete(name));
  return opened;
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
    const file = (await own.getFileHandle(name, { create: true })) as SyncFileHandle;
    const handle = await file.createSyncAccessHandle();
    return {
      name,
      handle,
      blob: () => file.getFile(),
      remove: () => own.removeEntry(name).catch(() => undefined),
    };
  } catch (thrown) {
    throw noStorage(thrown);
  }
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
  const file = await createPrivateFile('exports');
  const { handle } = file;
  let failure: unknown = null;
  const unmount = mountHandle(fs, path, handle, (thrown) => (failure ??= thrown));
  const close = (): void => {
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
    write: (at, bytes) => void handle.write(bytes, { at }),
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
