/** @file The files of a drop: those dropped, and all in dropped folders under their paths. */

/** A folder with more files than this is not one of cells. */
const MOST_FILES = 50_000;

/** All dropped files. Those in folders carry their path as their name. */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly File[]> {
  // Entries must be taken before the first await; the browser empties the transfer then.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const found: File[] = [];
  for (const entry of entries) if (entry) await collect(entry, '', found);
  return found;
}

async function collect(entry: FileSystemEntry, folder: string, found: File[]): Promise<void> {
  if (found.length >= MOST_FILES) return;
  const path = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    found.push(new File([file], path, { lastModified: file.lastModified }));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // Each call gives some of the entries; an empty list is the end.
  for (;;) {
    const some = await new Promise<readonly FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const inner of some) await collect(inner, `${path}/`, found);
  }
}
