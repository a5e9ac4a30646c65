/** @file Two lines that read an exported file in Python or R. */
import type { ExportOptions } from '../../state/actions/index.ts';

/** Languages of the code in the export dialog. */
export type CodeLanguage = 'python' | 'r';

/** Code that reads the file. h5ad: scanpy, or anndata for R; table: pandas, or base R. */
export function readCode(
  file: string,
  what: ExportOptions['what'],
  language: CodeLanguage,
): string {
  const quoted = JSON.stringify(file);
  if (what === 'table') {
    return language === 'python'
      ? `import pandas as pd\ncells = pd.read_csv(${quoted})`
      : `cells <- read.csv(${quoted})`;
  }
  return language === 'python'
    ? `import scanpy as sc\ncells = sc.read_h5ad(${quoted})`
    : `library(anndata)\ncells <- read_h5ad(${quoted})`;
}
