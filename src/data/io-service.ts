/** @file The io worker's service: one open file, its counts once loaded, and the way back to a file. */
import { selectColumns, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type { IoApi, IoEvent } from '../protocol/api.ts';
import type {
  BinnedColumn,
  CountsOnDisk,
  CountsSource,
  DiskTrainingData,
  ExportFormat,
  FileSummary,
  LoadedData,
  LoadOptions,
  Preview,
  SelectionRequest,
  TrainingData,
  WriteBlock,
  WriteEnd,
  WriteRequest,
  WriteStart,
} from '../protocol/dataset.ts';
import { StudioError, cancelled } from '../protocol/errors.ts';
import { moved } from '../protocol/transport.ts';
import { binColumn, notNumbers } from './bins.ts';
import { listSources } from './counts-detection.ts';
import { layOutExport, type RealPart } from './export-content.ts';
import { mtxFolder } from './archive-stream.ts';
import { BlockExport, writeFailure } from './block-export.ts';
import { GeneColumns } from './gene-columns.ts';
import type { CellFile } from './cell-file.ts';
import type { Given, H5Backend } from './h5-backend.ts';
import type { OutFile } from './anndata-layout.ts';
import { writeH5mu } from './h5mu-writer.ts';
import { writeH5ad } from './h5ad-writer.ts';
import { loadCounts, type LoadedFile } from './load.ts';
import { openSampleEntries } from './matrix-scan.ts';
import { columnsOf, runsOf } from './modalities.ts';
import { writeMtx } from './mtx-writer.ts';
import { openWithKinds } from './open-kinds.ts';
import { readMapOf } from './own-maps.ts';
import { previewOf } from './preview.ts';
import { selectToDisk } from './select-on-disk.ts';
import { selectTraining } from './select.ts';
import { subsetOf } from './subset.ts';
import { sha256OfBlob } from './sha256.ts';
import { judgeFile, summarise } from './summary.ts';
import { writeZarr } from './zarr-writer.ts';

interface OpenFile {
  readonly file: CellFile;
  readonly given: Given;
  readonly summary: FileSummary;
  sources: readonly CountsSource[];
  loaded: LoadedFile | null;
  genes: GeneColumns | null;
}

/** IoApi on any h5wasm backend. In Node, `open` also takes `{ path }`. */
export class IoService implements IoApi {
  private current: OpenFile | null = null;
  /** Number of the newest call of open; an older one that ends later gives way. */
  private opening = 0;
  /** The export in blocks that is under way, and the one before, whose bytes lie on disk. */
  private writing: BlockExport | null = null;
  private written: BlockExport | null = null;
  /** Ends a running load when the file is closed, replaced or loaded again. */
  private loading = new AbortController();

  constructor(private readonly backend: Promise<H5Backend>) {}

  async open(
    given: Given,
    onEvent: (event: IoEvent) => void = ignore,
    part: string | null = null,
  ): Promise<FileSummary> {
    const opening = ++this.opening;
    onEvent({ doing: 'Opening the file', share: 0 });
    const file = await openWithKinds(await this.backend, given, part);
    try {
      const judged = await judgeFile(file, openSampleEntries, (share) =>
        onEvent({ doing: 'Looking for the counts', share }),
      );
      const summary = summarise(file, judged);
      if (opening !== this.opening) throw cancelled();
      await this.close();
      this.current = { file, given, summary, sources: summary.counts, loaded: null, genes: null };
      return summary;
    } catch (thrown) {
      file.close();
      throw thrown;
    }
  }

  async load(
    where: string,
    onEvent: (event: IoEvent) => void = ignore,
    options: LoadOptions = {},
  ): Promise<LoadedData> {
    const open = this.requireOpen();
    this.loading.abort();
    const loading = (this.loading = new AbortController());
    const onShare = (share: number): void => onEvent({ doing: 'Reading the counts', share });
    const strata = open.summary.proposed[0] ?? null;
    const loaded = await loadCounts(
      open.file,
      where,
      open.sources,
      { ...options, strata },
      { onShare, signal: loading.signal },
    );
    if (loading.signal.aborted || this.current !== open) throw cancelled();
    open.loaded = loaded;
    const { counts, genes, modalities } = loaded;
    open.genes = new GeneColumns(counts, genes.index, undefined, modalities);
    // The service keeps its own counts and columns; what it hands out is a copy that may be moved.
    return moved(structuredClone(loaded.data));
  }

  async preview(): Promise<Preview> {
    const { file, summary, sources } = this.requireOpen();
    return moved(await previewOf(file, summary.proposed, sources));
  }

  async hash(): Promise<string | null> {
    const { given } = this.requireOpen();
    const files = await (await this.backend).files(given);
    return files.length === 1 ? sha256OfBlob(files[0].blob) : null;
  }

  async counts(cells?: Int32Array, kind?: string): Promise<CsrMatrix> {
    const { counts, modalities = [] } = this.requireLoaded();
    const run = modalities.length > 1 ? runsOf(modalities).find((own) => own.name === kind) : null;
    const some = run ? selectColumns(counts, columnsOf(run)) : counts;
    if (cells !== undefined) return moved(selectRows(some, cells));
    return moved(run ? some : structuredClone(counts));
  }

  async gene(name: string, scale: 'log' | 'counts'): Promise<Float32Array> {
    this.requireLoaded();
    const values = this.current?.genes?.column(name, scale) ?? new Float32Array(0);
    return moved(values);
  }

  async featureTexts(name: string): Promise<readonly (string | null)[] | null> {
    const column = this.requireLoaded().genes.columns.get(name);
    return column?.kind === 'text' ? column.values : null;
  }

  async select(request: SelectionRequest): Promise<TrainingData> {
    const { data, counts, modalities } = this.requireLoaded();
    const fileName = this.requireOpen().summary.fileName;
    const source = { fileName, counts, geneNames: data.varNames, modalities, ...data };
    return moved(selectTraining(source, request));
  }

  async selectOnDisk(
    request: SelectionRequest,
    onEvent: (event: IoEvent) => void = ignore,
    allGenes = true,
  ): Promise<DiskTrainingData> {
    const open = this.requireOpen();
    const loading = (this.loading = new AbortController());
    const control = {
      onShare: (share: number) => onEvent({ doing: 'Copying the counts to disk', share }),
      signal: loading.signal,
    };
    return moved(
      await selectToDisk(await this.backend, open, this.requireLoaded(), request, {
        ...control,
        allGenes,
      }),
    );
  }

  async bin(name: string, bins: number): Promise<BinnedColumn> {
    const loaded = this.requireLoaded();
    const column = loaded.obs.columns.get(name);
    if (column?.kind !== 'number') throw notNumbers(name);
    const binned = binColumn(name, column.values, bins);
    const { categories } = binned.column;
    const own = { categories, codes: binned.codes };
    const categorical = { ...loaded.data.categorical, [binned.column.name]: own };
    const columns = new Map(loaded.obs.columns);
    columns.set(binned.column.name, { kind: 'categorical', ...own });
    const obs = { ...loaded.obs, columns };
    this.requireOpen().loaded = { ...loaded, obs, data: { ...loaded.data, categorical } };
    return moved(structuredClone(binned));
  }

  async dropFromDisk({ name }: CountsOnDisk): Promise<void> {
    await (await this.backend).removeCounts(name);
  }

  async stopReading(): Promise<void> {
    this.loading.abort();
  }

  async subset(cells: Int32Array, genes: Int32Array, ofFile = false): Promise<CsrMatrix> {
    const loaded = this.requireLoaded();
    const { file, sources } = this.requireOpen();
    return moved(await subsetOf(file, sources, loaded, { cells, genes, ofFile }));
  }

  async write(request: WriteRequest): Promise<Uint8Array> {
    try {
      const content = layOutExport(request, await this.realPart(request));
      const { modalities } = request;
      if (modalities !== undefined) {
        return moved(writeH5mu(await this.backend, content, modalities));
      }
      return moved(await this.encode(content, request.format ?? 'h5ad'));
    } catch (thrown) {
      throw writeFailure(thrown);
    }
  }

  async beginWrite(start: WriteStart): Promise<void> {
    await this.cancelWrite();
    const wanted = { withReal: start.withReal, obsm: start.maps };
    this.writing = await BlockExport.begin(await this.backend, start, await this.realPart(wanted));
  }

  async addCells(block: WriteBlock): Promise<void> {
    await this.writingNow((writing) => writing.add(block));
  }

  async endWrite(end: WriteEnd): Promise<Blob> {
    const blob = await this.writingNow((writing) => writing.end(end));
    this.written = this.writing;
    this.writing = null;
    return blob;
  }

  async cancelWrite(): Promise<void> {
    const { writing, written } = this;
    this.writing = null;
    this.written = null;
    await writing?.discard();
    await written?.discard();
  }

  private async writingNow<T>(work: (writing: BlockExport) => Promise<T>): Promise<T> {
    if (this.writing === null) throw writeFailure('no export is under way');
    try {
      return await work(this.writing);
    } catch (thrown) {
      this.writing = null;
      throw thrown;
    }
  }

  private async encode(content: OutFile, format: ExportFormat): Promise<Uint8Array> {
    if (format === 'zarr') return writeZarr(content);
    if (format === 'mtx') return writeMtx(content, mtxFolder);
    return writeH5ad(await this.backend, content);
  }

  async examine(): Promise<readonly CountsSource[]> {
    const open = this.requireOpen();
    open.sources = listSources((await judgeFile(open.file, null)).matrices);
    return open.sources;
  }

  async close(): Promise<void> {
    this.loading.abort();
    this.current?.file.close();
    this.current = null;
  }

  private requireOpen(): OpenFile {
    if (this.current) return this.current;
    throw new StudioError('bad-request', 'No file is open.', 'Open an .h5ad file first.');
  }

  private requireLoaded(): LoadedFile {
    const { loaded } = this.requireOpen();
    if (loaded) return loaded;
    throw new StudioError('bad-request', 'The counts are not loaded.', 'Open the file again.');
  }

  async ownMap(key: string): Promise<Float32Array | null> {
    const { file, loaded } = this.requireOpen();
    const map = await readMapOf(file, key, loaded?.data.sample ?? null);
    return map && moved(map);
  }

  /** An embedding of the loaded cells, or null. */
  private async embedding(key: string): Promise<Float32Array | null> {
    const { file, loaded } = this.requireOpen();
    const values = await file.embedding(key);
    const sample = loaded?.data.sample ?? null;
    if (values === null || sample === null) return values;
    const dims = file.obsm.get(key)?.shape[1] ?? 0;
    const taken = new Float32Array(sample.length * dims);
    for (const [row, cell] of sample.entries()) {
      taken.set(values.subarray(cell * dims, (cell + 1) * dims), row * dims);
    }
    return taken;
  }

  private async realPart(
    request: Pick<WriteRequest, 'withReal'> & { readonly obsm: object },
  ): Promise<RealPart | null> {
    if (this.current === null) return null;
    const { file, loaded } = this.current;
    const embeddings = new Map<string, { dims: number; values: Float32Array }>();
    for (const key of request.withReal ? Object.keys(request.obsm) : []) {
      const values = await this.embedding(key);
      const dims = file.obsm.get(key)?.shape[1] ?? 0;
      if (values) embeddings.set(key, { dims, values });
    }
    return {
      counts: loaded?.counts ?? null,
      obs: loaded?.obs ?? file.obs,
      var: loaded?.genes ?? file.var,
      embeddings,
      colours: (name, needed) => file.colours(name, needed),
    };
  }
}

function ignore(): void {}
