/** @file Writes cells of several origins as .h5ad: real ones, synthetic ones, real ones made over. */
import { nodeBackend } from '../src/data/h5-node.ts';
import { writeH5ad } from '../src/data/h5ad-writer.ts';
import { layOutCells, type CellsToWrite } from '../src/tasks/cells-file.ts';
import { writeWhole } from './whole-file.ts';

export { sameOrigin, type CellsToWrite } from '../src/tasks/cells-file.ts';

/** Writes the file. Error: export-failed. */
export async function writeCells(path: string, cells: CellsToWrite): Promise<void> {
  await writeWhole(path, writeH5ad(await nodeBackend(), layOutCells(cells)));
}
