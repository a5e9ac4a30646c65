/** @file Writes an h5mu file in blocks of cells to disk: each kind of features grows below mod/, maps and tables stand over all. */
import type { File as HdfFile, Group } from 'h5wasm';
import { selectColumns } from '../numerics/csr.ts';
import { encoding, rootAttributes, safeName, writeDict, writeTable } from './anndata-layout.ts';
import type { CellBlock, CellStream, StreamEnd } from './cell-stream.ts';
import { guarded, GrowingCsr, GrowingDataset } from './growing-hdf.ts';
import { placeBooleansOnDisk } from './h5-booleans.ts';
import type { H5Backend } from './h5-backend.ts';
import { H5Out, setAttributes } from './h5ad-writer.ts';
import { pickTable, userBlock, writePlaces, type OutModality } from './h5mu-writer.ts';
import type { ScratchFile } from './scratch-file.ts';

/** One kind of features under construction. */
interface Part {
  readonly name: string;
  readonly columns: Int32Array;
  readonly group: Group;
  readonly X: GrowingCsr;
}

const empty = ['obsm', 'varm', 'obsp', 'varp'] as const;

/** An h5mu file to which cells are added, laid out as `writeH5mu` does. After an error only `discard` may follow. */
export class H5muStream implements CellStream {
  private readonly parts: readonly Part[];
  private readonly obsm: Group;
  private readonly maps = new Map<string, GrowingDataset>();
  private open = true;

  private constructor(
    private readonly backend: H5Backend,
    private readonly scratch: ScratchFile,
    private readonly file: HdfFile,
    private readonly modalities: readonly OutModality[],
  ) {
    setAttributes(file, encoding('MuData', '0.1.0'));
    const mod = file.create_group('mod');
    setAttributes(mod, { 'mod-order': modalities.map(({ name }) => safeName(name)) });
    let from = 0;
    this.parts = modalities.map(({ name, features }) => {
      const columns = Int32Array.from({ length: features }, (_, f) => from + f);
      from += features;
      const group = mod.create_group(safeName(name));
      setAttributes(group, rootAttributes);
      return { name, columns, group, X: new GrowingCsr(group, 'X') };
    });
    this.obsm = file.create_group('obsm');
    setAttributes(this.obsm, encoding('dict', '0.1.0'));
  }

  /** Begins a file; the columns of every block are dealt to the modalities in order. */
  static async open(backend: H5Backend, modalities: readonly OutModality[]): Promise<H5muStream> {
    const scratch = await backend.openScratch();
    try {
      return guarded(backend, scratch, () => {
        const file = new backend.File(scratch.path, 'w');
        return new H5muStream(backend, scratch, file, modalities);
      });
    } catch (thrown) {
      await scratch.discard();
      throw thrown;
    }
  }

  /** Adds cells. Throws what the disk says when it is full. */
  add({ counts, obsm }: CellBlock): void {
    guarded(this.backend, this.scratch, () => {
      for (const { columns, X } of this.parts) X.append(selectColumns(counts, columns));
      for (const [key, { dims, values }] of Object.entries(obsm)) {
        let map = this.maps.get(key);
        if (!map) {
          map = new GrowingDataset(this.obsm, safeName(key), 'float32', dims);
          map.attributes(encoding('array'));
          this.maps.set(key, map);
        }
        map.append(values);
      }
    });
  }

  /** Writes the tables and closes the file; a blob whose bytes stay on disk. */
  async finish({ obs, var: features, uns }: StreamEnd): Promise<Blob> {
    const before = this.scratch.size();
    guarded(this.backend, this.scratch, () => {
      for (const [k, part] of this.parts.entries()) {
        this.finishPart(part, { obs, var: features, uns: k === 0 ? uns : {} });
      }
      for (const map of this.maps.values()) map.flush();
      const root = new H5Out(this.file);
      writeTable(root, 'obs', obs);
      writeTable(root, 'var', { ...features, columns: new Map() });
      for (const name of empty.slice(1)) root.group(name, encoding('dict', '0.1.0'));
      const size = { cells: obs.index.length, features: features.index.length };
      writePlaces(root, size, this.modalities);
      this.file.close();
      this.open = false;
    });
    const tables = [...this.parts.map(() => obs), obs, features];
    const booleans = tables
      .flatMap(({ columns }) => [...columns.values()])
      .filter(({ kind }) => kind === 'categorical').length;
    placeBooleansOnDisk(this.scratch, before, booleans);
    const blob = await this.scratch.finish();
    return new Blob([userBlock() as BlobPart, blob]);
  }

  private finishPart({ name, columns, group, X }: Part, end: StreamEnd): void {
    X.finish(columns.length);
    const own = new H5Out(group);
    own.group('layers', encoding('dict', '0.1.0'));
    const path = `/mod/${safeName(name)}`;
    (group.get('layers') as Group).create_hard_link(`${path}/X`, 'counts');
    writeTable(own, 'obs', end.obs);
    writeTable(own, 'var', pickTable(end.var, columns));
    for (const key of empty) own.group(key, encoding('dict', '0.1.0'));
    writeDict(own.group('uns', encoding('dict', '0.1.0')), end.uns);
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
