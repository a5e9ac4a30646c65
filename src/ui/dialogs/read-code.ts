/** @file A few lines that read an exported file in Python or R. */
import type { ExportFormat } from '../../protocol/dataset.ts';
import type { ExportOptions } from '../../state/actions/index.ts';

/** Languages of the code in the export dialog. */
export type CodeLanguage = 'python' | 'r';

/** Code that reads the file: scanpy, anndata for R, Seurat for 10x folders; for tables pandas or base R. */
export function readCode(
  file: string,
  { what, format }: Pick<ExportOptions, 'what'> & { readonly format: ExportFormat | 'h5mu' },
  language: CodeLanguage,
): string {
  const quoted = JSON.stringify(file);
  if (what === 'table') {
    return language === 'python'
      ? `import pandas as pd\ncells = pd.read_csv(${quoted})`
      : `cells <- read.csv(${quoted})`;
  }
  return language === 'python' ? pythonCode(quoted, format) : rCode(quoted, format);
}

function pythonCode(file: string, format: ExportFormat | 'h5mu'): string {
  switch (format) {
    case 'h5mu':
      return `import mudata\ncells = mudata.read_h5mu(${file})`;
    case 'h5ad':
      return `import scanpy as sc\ncells = sc.read_h5ad(${file})`;
    case 'mtx':
      return [
        'import pandas as pd, scanpy as sc, zipfile',
        `zipfile.ZipFile(${file}).extractall()`,
        'cells = sc.read_10x_mtx("synthetic")',
        'cells.obs = pd.read_csv("synthetic/cells.csv", index_col="cell")',
      ].join('\n');
    case 'zarr':
      return `import anndata, zarr\ncells = anndata.read_zarr(zarr.storage.ZipStore(${file}, mode="r"))`;
  }
}

function rCode(file: string, format: ExportFormat | 'h5mu'): string {
  switch (format) {
    case 'h5mu':
      return `library(MuData)\ncells <- readH5MU(${file})`;
    case 'h5ad':
      return `library(anndata)\ncells <- read_h5ad(${file})`;
    case 'mtx':
      return [
        `unzip(${file})`,
        'table <- read.csv("synthetic/cells.csv", row.names = "cell")',
        'cells <- Seurat::CreateSeuratObject(Seurat::Read10X("synthetic"), meta.data = table)',
      ].join('\n');
    case 'zarr':
      return `unzip(${file}, exdir = "cells.zarr")\ncells <- anndata::read_zarr("cells.zarr")`;
  }
}
