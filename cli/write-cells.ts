/** @file Writes cells of several origins as .h5ad: real ones, synthetic ones, real ones made over. */
import { writeFileSync } from 'node:fs';
import { nodeBackend } from '../src/data/h5-node.ts';
import { writeH5ad } from '../src/data/h5ad-writer.ts';
import { layOutCells, type CellsToWrite } from '../src/tasks/cells-file.ts';

export { sameOrigin, type CellsToWrite } from '../src/tasks/cells-file.ts';

/** Writes the file. Error: export-failed. */
export async function writeCells(path: string, cells: CellsToWrite): Promise<void> {
  writeFileSync(path, writeH5ad(await nodeBackend(), layOutCells(cells)));
}
