/** @file Formats besides h5ad: files made here of known numbers. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, strToU8, zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { csrToDense } from '../numerics/csr.ts';
import { columnTexts } from './column-reader.ts';
import { readCsr } from './csr-reading.ts';
import { nodeBackend } from './h5-node.ts';
import { openCells } from './open-file.ts';
import { anndataFixtures, codeOf, nodeService, temporaryFolder } from './testing/files.ts';
import type { CellFile } from './cell-file.ts';
import { genesOf } from './gene-names.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const cells = 7;
const genes = 5;
const value = (cell: number, gene: number): number => ((cell * 31 + gene * 17) % 7) % 4;
const cellNames = Array.from({ length: cells }, (_, i) => `ACGTACGTACGT-${i}`);
const geneNames = ['MT-A', 'CD3E', 'GAPDH', 'CD4', 'CD4'];
const dense = (of: readonly number[]): number[] =>
  Array.from({ length: cells }, (_, c) => of.map((g) => value(c, g))).flat();
const all = [0, 1, 2, 3, 4];

type Hdf = InstanceType<Awaited<ReturnType<typeof nodeBackend>>['File']>;

async function writeHdf5(name: string, build: (file: Hdf) => void): Promise<string> {
  const path = join(folder.path, name);
  const file = new (await nodeBackend()).File(path, 'w');
  build(file);
  file.close();
  return path;
}

async function contents(file: CellFile): Promise<number[]> {
  return Array.from(csrToDense(await readCsr(file.matrices[0])));
}

/** 10x arrays of genes × cells in column order, which are rows of cells. */
function tenX(group: ReturnType<Hdf['create_group']>): void {
  const data: number[] = [];
  const indices: bigint[] = [];
  const indptr: bigint[] = [0n];
  for (let c = 0; c < cells; c++) {
    for (let g = 0; g < genes; g++) {
      if (value(c, g) === 0) continue;
      data.push(value(c, g));
      indices.push(BigInt(g));
    }
    indptr.push(BigInt(data.length));
  }
  group.create_dataset({ name: 'data', data: Int32Array.from(data) });
  group.create_dataset({ name: 'indices', data: BigInt64Array.from(indices) });
  group.create_dataset({ name: 'indptr', data: BigInt64Array.from(indptr) });
  group.create_dataset({ name: 'shape', data: Int32Array.of(genes, cells) });
  group.create_dataset({ name: 'barcodes', data: cellNames, dtype: 'S20' });
}

describe('10x HDF5', () => {
  const types = [
    'Gene Expression',
    'Gene Expression',
    'Antibody Capture',
    'Gene Expression',
    'Antibody Capture',
  ];
  const version3 = (): Promise<string> =>
    writeHdf5('v3.h5', (file) => {
      const group = file.create_group('matrix');
      tenX(group);
      const features = group.create_group('features');
      const list = { name: geneNames, id: all.map((g) => `ENSG${g}`), feature_type: types };
      for (const [name, data] of Object.entries(list)) {
        features.create_dataset({ name, data, dtype: 'S20' });
      }
    });

  it('version 3 gives gene expression, or the type asked for, or all', async () => {
    const path = await version3();
    const open = async (part: string | null): Promise<CellFile> =>
      openCells(await nodeBackend(), { path }, part);
    const usual = await open(null);
    expect(usual.parts.map(({ name }) => name)).toEqual([
      'Gene Expression',
      'Antibody Capture',
      'all features',
    ]);
    expect(usual.part).toBe('Gene Expression');
    expect(usual.obs.index).toEqual(cellNames);
    expect(usual.var.index).toEqual(['MT-A', 'CD3E', 'CD4']);
    expect(await contents(usual)).toEqual(dense([0, 1, 3]));
    usual.close();
    const antibodies = await open('Antibody Capture');
    expect(await contents(antibodies)).toEqual(dense([2, 4]));
    antibodies.close();
    const whole = await open('all features');
    expect(await contents(whole)).toEqual(dense(all));
    expect(genesOf(whole, 'X').index).toEqual(['MT-A', 'CD3E', 'GAPDH', 'CD4', 'CD4-1']);
    const ids = whole.var.columns.get('gene_ids');
    expect(ids && columnTexts(ids)).toEqual(all.map((g) => `ENSG${g}`));
    whole.close();
  });

  it('counts only the features that are read', async () => {
    const io = nodeService();
    const summary = await io.open({ path: await version3() });
    const sum = dense([0, 1, 3]).reduce((s, v) => s + v, 0);
    expect(summary).toMatchObject({
      format: '10x HDF5',
      nVars: 3,
      X: { shape: [cells, 3], sum, nnz: dense([0, 1, 3]).filter((v) => v > 0).length },
      chosen: 'X',
    });
    expect((await io.load('X')).qc.counts.reduce((s, v) => s + v, 0)).toBe(sum);
    await io.close();
  });

  it('version 2 offers its genomes', async () => {
    const path = await writeHdf5('v2.h5', (file) => {
      for (const genome of ['hg19', 'mm10']) {
        const group = file.create_group(genome);
        tenX(group);
        group.create_dataset({
          name: 'genes',
          data: all.map((g) => `${genome}_${g}`),
          dtype: 'S20',
        });
        group.create_dataset({ name: 'gene_names', data: geneNames, dtype: 'S20' });
      }
    });
    const file = await openCells(await nodeBackend(), { path }, 'mm10');
    expect(file.parts.map(({ name }) => name)).toEqual(['hg19', 'mm10', 'all genomes']);
    const ids = file.var.columns.get('gene_ids');
    expect(ids && columnTexts(ids)[3]).toBe('mm10_3');
    expect(await contents(file)).toEqual(dense(all));
    file.close();
    const both = await openCells(await nodeBackend(), { path }, 'all genomes');
    expect(both.obs.index).toEqual(cellNames);
    expect(both.var.index).toEqual([...geneNames, ...geneNames]);
    expect(await contents(both)).toEqual(dense([...all, ...all]));
    const joined = both.var.columns.get('gene_ids');
    expect(joined && columnTexts(joined).slice(genes - 1, genes + 1)).toEqual([
      `hg19_${genes - 1}`,
      'mm10_0',
    ]);
    both.close();
  });
});

describe('loom', () => {
  it('is turned round', async () => {
    const path = await writeHdf5('a.loom', (file) => {
      const turned = all.flatMap((g) => cellNames.map((_, c) => value(c, g)));
      file.create_dataset({
        name: 'matrix',
        data: Float32Array.from(turned),
        shape: [genes, cells],
      });
      const rows = file.create_group('row_attrs');
      rows.create_dataset({ name: 'Gene', data: geneNames, dtype: 'S10' });
      const columns = file.create_group('col_attrs');
      columns.create_dataset({ name: 'CellID', data: cellNames, dtype: 'S20' });
      columns.create_dataset({
        name: 'kind',
        data: cellNames.map((_, c) => `k${c % 2}`),
        dtype: 'S3',
      });
      const x = (k: number): Float64Array => Float64Array.from(cellNames, (_, c) => c * 2 + k);
      columns.create_dataset({ name: '_UMAP_1', data: x(0) });
      columns.create_dataset({ name: '_UMAP_2', data: x(1) });
      file.create_group('layers');
    });
    const io = nodeService();
    const summary = await io.open({ path });
    expect(summary).toMatchObject({ format: 'loom', nObs: cells, nVars: genes, chosen: 'X' });
    expect(summary.obs.find(({ name }) => name === 'kind')?.cells).toEqual([4, 3]);
    const loaded = await io.load('X');
    expect(loaded.obsNames).toEqual(cellNames);
    expect(Array.from(loaded.umap ?? [])).toEqual(Array.from({ length: 2 * cells }, (_, i) => i));
    expect(Array.from(csrToDense(await io.counts()))).toEqual(dense(all));
    await io.close();
  });
});

/** Text of a MatrixMarket file of genes × cells. */
function mtx(): string {
  const lines: string[] = [];
  for (let g = genes - 1; g >= 0; g--) {
    for (let c = 0; c < cells; c++) {
      if (value(c, g) > 0) lines.push(`${g + 1} ${c + 1} ${value(c, g)}`);
    }
  }
  const head = '%%MatrixMarket matrix coordinate integer general\n% made by a test\n';
  return `${head}${genes} ${cells} ${lines.length}\n${lines.join('\n')}\n`;
}
const features = all.map((g) => `ENSG${g}\t${geneNames[g]}\tGene Expression`).join('\n');

async function expectTriple(given: Parameters<typeof openCells>[1]): Promise<void> {
  const file = await openCells(await nodeBackend(), given);
  expect(file.format).toBe('MatrixMarket');
  expect(file.obs.index).toEqual(cellNames);
  expect(file.var.index).toEqual(geneNames);
  expect(file.warnings).toEqual([]);
  expect(await contents(file)).toEqual(dense(all));
  file.close();
}

describe('MatrixMarket', () => {
  const triple: Readonly<Record<string, Uint8Array>> = {
    'matrix.mtx': strToU8(mtx()),
    'features.tsv': strToU8(features),
    'barcodes.tsv': strToU8(cellNames.join('\r\n')),
  };
  const packed = Object.fromEntries(
    Object.entries(triple).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]),
  );
  const asFiles = (set: Readonly<Record<string, Uint8Array>>): File[] =>
    Object.entries(set).map(([name, bytes]) => new File([bytes as BlobPart], name));

  it('reads three files, gzipped or not, with a prefix too', async () => {
    await expectTriple(asFiles(triple));
    await expectTriple(asFiles(packed));
    const prefixed = Object.entries(packed).map(([n, b]) => [`GSM1_${n}`, b] as const);
    await expectTriple(asFiles(Object.fromEntries(prefixed)));
  });

  it('reads a folder and a zip archive', async () => {
    const path = join(folder.path, 'filtered_feature_bc_matrix');
    mkdirSync(path);
    for (const [name, bytes] of Object.entries(packed)) writeFileSync(join(path, name), bytes);
    await expectTriple({ path });
    const zip = join(folder.path, 'triple.zip');
    writeFileSync(zip, zipSync({ 'a/__MACOSX/x': strToU8('x'), ...prefix('a/b/', triple) }));
    await expectTriple({ path: zip });
  });

  it('takes a matrix of cells × genes by its names', async () => {
    const turned = mtx().replace(/^(\d+) (\d+) (\d+)$/gm, '$2 $1 $3');
    const file = await openCells(
      await nodeBackend(),
      asFiles({ ...triple, 'matrix.mtx': strToU8(turned) }),
    );
    expect(await contents(file)).toEqual(dense(all));
  });

  it('numbers what has no names, and says so', async () => {
    const io = nodeService();
    const summary = await io.open(new File([mtx()], 'counts.mtx'));
    expect(summary.varNames[0]).toBe('Gene 1');
    expect(summary.warnings).toHaveLength(2);
    await io.close();
  });

  const cases: readonly (readonly [string, string, string])[] = [
    ['a cut', mtx().slice(0, -30), 'file-damaged'],
    ['words', mtx().replace(/\n(\d+) (\d+) (\d+)\n$/, '\n1 2 x\n'), 'file-damaged'],
    ['a position outside', mtx().replace(/\n\d+ \d+ \d+\n$/, '\n1 99 1\n'), 'file-damaged'],
    [
      'claims beyond memory',
      '%%MatrixMarket matrix coordinate integer general\n9000000 1000000000000 5\n1 1 1\n',
      'too-big',
    ],
    ['a dense matrix', '%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n', 'not-h5ad'],
    ['no entries line', '%%MatrixMarket matrix coordinate integer general\n', 'file-damaged'],
  ];
  it.each(cases)('refuses %s', async (_, text, code) => {
    expect(await codeOf(nodeService().open(new File([text], 'matrix.mtx')))).toBe(code);
  });
});

function prefix(
  path: string,
  set: Readonly<Record<string, Uint8Array>>,
): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(set).map(([name, bytes]) => [path + name, bytes]));
}

describe('text tables', () => {
  const row = (name: string, values: readonly number[]): string => [name, ...values].join(',');
  const byCell = [
    ['', ...geneNames].join(','),
    ...cellNames.map((name, c) =>
      row(
        name,
        all.map((g) => value(c, g)),
      ),
    ),
  ].join('\n');
  const byGene = [
    ['gene', ...cellNames].join('\t'),
    ...all.map((g) => [geneNames[g], ...cellNames.map((_, c) => value(c, g))].join('\t')),
  ].join('\r\n');

  it.each([
    ['cells in rows', new File([byCell], 'counts.csv')],
    ['cells in columns', new File([byGene], 'counts.tsv')],
    ['cells in columns', new File([gzipSync(strToU8(byGene)) as BlobPart], 'counts.tsv.gz')],
  ])('finds %s', async (part, given) => {
    const file = await openCells(await nodeBackend(), given);
    expect(file.part).toBe(part);
    expect(file.obs.index).toEqual(cellNames);
    expect(file.var.index).toEqual(geneNames);
    expect(await contents(file)).toEqual(dense(all));
  });

  it('can be read the other way', async () => {
    const file = await openCells(
      await nodeBackend(),
      new File([byCell], 'c.csv'),
      'cells in columns',
    );
    expect(file.obs.index).toEqual(geneNames);
  });

  it('takes R tables, quotes, and text columns as attributes', async () => {
    const text = `"a,1" b kind\n${cellNames.map((n, c) => `"${n}" ${c} 2 "T ""x"""`).join('\n')}\n`;
    const file = await openCells(await nodeBackend(), new File([text], 'table.txt'));
    expect(file.obs.index).toEqual(cellNames);
    expect(file.var.index).toEqual(['a,1', 'b']);
    const kind = file.obs.columns.get('kind');
    expect(kind && columnTexts(kind)[0]).toBe('T "x"');
  });

  it('joins a file of labels', async () => {
    const labels = `cell,type,age\n${cellNames
      .slice(1)
      .reverse()
      .map((n, i) => `${n},t${i % 2},${i}`)
      .join('\n')}`;
    const file = await openCells(await nodeBackend(), [
      new File([labels], 'labels.csv'),
      new File([byGene], 'counts.tsv'),
    ]);
    expect(file.part).toBe('cells in columns');
    const type = file.obs.columns.get('type');
    expect(type?.kind === 'text' && type.values).toEqual([
      null,
      't1',
      't0',
      't1',
      't0',
      't1',
      't0',
    ]);
    expect(file.obs.columns.get('age')).toMatchObject({ kind: 'number', dtype: 'int64' });
  });

  it.each([
    ['a row too long', `${byCell}\nx,1,2,3,4,5,6\n`, 'file-damaged'],
    ['a word among numbers', `${byCell}\nx,1,two,3,4,5\n`, 'file-damaged'],
    ['words only', 'name,first,second\na,b,c\nd,e,f\n', 'not-h5ad'],
  ])('refuses %s', async (_, text, code) => {
    expect(await codeOf(nodeService().open(new File([text], 'a.csv')))).toBe(code);
  });
});

describe('packed files', () => {
  it('reads a gzipped h5ad, and an h5ad in a zip with labels', async () => {
    const bytes = new Uint8Array(readFileSync(join(anndataFixtures, 'csr_counts.h5ad')));
    const packed = gzipSync(bytes);
    const plain = await openCells(await nodeBackend(), new File([bytes], 'a.h5ad'));
    const expected = await contents(plain);
    const file = await openCells(await nodeBackend(), new File([packed as BlobPart], 'a.h5ad.gz'));
    expect(file.name).toBe('a.h5ad.gz');
    expect(await contents(file)).toEqual(expected);
    file.close();
    const labels = `cell,lab\n${plain.obs.index.map((name, i) => `${name},${i % 3 ? 'x' : 'y'}`).join('\n')}`;
    const zip = zipSync({ 'd/a.h5ad': bytes, 'd/labels.csv': strToU8(labels) });
    const zipped = await openCells(await nodeBackend(), new File([zip as BlobPart], 'a.zip'));
    expect(zipped.obs.columns.has('lab')).toBe(true);
    expect(await contents(zipped)).toEqual(expected);
    zipped.close();
    plain.close();
    const cut = new File([packed.slice(0, packed.length / 2) as BlobPart], 'cut.h5ad.gz');
    expect(await codeOf(nodeService().open(cut))).toBe('file-damaged');
  });

  it.each([
    ['a gzipped text', new File([gzipSync(strToU8('hello')) as BlobPart], 'a.gz'), 'not-h5ad'],
    ['a zip of notes', new File([zipSync({ a: strToU8('x') }) as BlobPart], 'a.zip'), 'not-h5ad'],
    [
      'a cut zip',
      new File([zipSync({ a: strToU8('x') }).slice(0, 40) as BlobPart], 'a.zip'),
      'file-damaged',
    ],
  ])('refuses %s', async (_, given, code) => {
    expect(await codeOf(nodeService().open(given))).toBe(code);
  });
});
