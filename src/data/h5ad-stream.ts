/** @file Writes an h5ad file in blocks of cells to disk: as many cells as the disk holds, in the memory of one block. */
import type { File as HdfFile, Group } from 'h5wasm';
import { encoding, rootAttributes, safeName, writeDict, writeTable } from './anndata-layout.ts';
import type { CellBlock, CellStream, StreamEnd } from './cell-stream.ts';
import { logNormalised } from './export-content.ts';
import { guarded, GrowingCsr, GrowingDataset } from './growing-hdf.ts';
import { placeBooleansOnDisk } from './h5-booleans.ts';
import type { H5Backend } from './h5-backend.ts';
import { H5Out, setAttributes } from './h5ad-writer.ts';
import type { ScratchFile } from './scratch-file.ts';

/** An h5ad file to which cells are added. After an error only `discard` may follow. */
export class H5adStream implements CellStream {
  private readonly X: GrowingCsr;
  private readonly layer: GrowingCsr | null;
  private readonly obsm: Group;
  private readonly layers: Group;
  private readonly maps = new Map<string, GrowingDataset>();
  private open = true;
  private readonly others = new Map<string, GrowingCsr>();

  private constructor(
    private readonly backend: H5Backend,
    private readonly scratch: ScratchFile,
    private readonly file: HdfFile,
    private readonly cols: number,
    log: boolean,
  ) {
    const root = new H5Out(file);
    setAttributes(file, rootAttributes);
    for (const empty of ['obsp', 'varm', 'varp']) root.group(empty, encoding('dict', '0.1.0'));
    this.obsm = file.create_group('obsm');
    this.layers = file.create_group('layers');
    for (const group of [this.obsm, this.layers]) setAttributes(group, encoding('dict', '0.1.0'));
    this.X = new GrowingCsr(file, 'X');
    this.layer = log ? new GrowingCsr(this.layers, 'counts') : null;
  }

  /** Begins a file over `cols` genes with counts, or log1p of counts per ten thousand, in X. */
  static async open(
    backend: H5Backend,
    cols: number,
    values: 'counts' | 'log-normalised',
  ): Promise<H5adStream> {
    const scratch = await backend.openScratch();
    try {
      return guarded(backend, scratch, () => {
        const file = new backend.File(scratch.path, 'w');
        return new H5adStream(backend, scratch, file, cols, values === 'log-normalised');
      });
    } catch (thrown) {
      await scratch.discard();
      throw thrown;
    }
  }

  /** Cells written so far. */
  get cells(): number {
    return this.X.cells;
  }

  /** Adds cells. Throws what the disk says when it is full. */
  add({ counts, obsm, layers = {} }: CellBlock): void {
    guarded(this.backend, this.scratch, () => {
      this.X.append(this.layer ? logNormalised(counts) : counts);
      this.layer?.append(counts);
      for (const [key, { dims, values }] of Object.entries(obsm)) {
        let map = this.maps.get(key);
        if (!map) {
          map = new GrowingDataset(this.obsm, safeName(key), 'float32', dims);
          map.attributes(encoding('array'));
          this.maps.set(key, map);
        }
        map.append(values);
      }
      for (const [key, values] of Object.entries(layers)) {
        let layer = this.others.get(key);
        if (!layer) this.others.set(key, (layer = new GrowingCsr(this.layers, safeName(key))));
        layer.append(values);
      }
    });
  }

  /** Writes the tables and closes the file; a blob whose bytes stay on disk. */
  async finish({ obs, var: genes, uns }: StreamEnd): Promise<Blob> {
    const before = this.scratch.size();
    guarded(this.backend, this.scratch, () => {
      this.X.finish(this.cols);
      if (this.layer) this.layer.finish(this.cols);
      else this.layers.create_hard_link('/X', 'counts');
      for (const map of this.maps.values()) map.flush();
      for (const layer of this.others.values()) layer.finish(this.cols);
      const root = new H5Out(this.file);
      writeTable(root, 'obs', obs);
      writeTable(root, 'var', genes);
      writeDict(root.group('uns', encoding('dict', '0.1.0')), uns);
      this.file.close();
      this.open = false;
    });
    const booleans = [obs, genes]
      .flatMap(({ columns }) => [...columns.values()])
      .filter(({ kind }) => kind === 'categorical').length;
    placeBooleansOnDisk(this.scratch, before, booleans);
    return this.scratch.finish();
  }

  /** Ends without a file. */
  async discard(): Promise<void> {
    try {
      if (this.open) this.file.close();
      this.open = false;
    } catch {
      // It may be closed, or the disk full.
    }
    await this.scratch.discard();
  }
}
