/** @file What the four uses are called, and one sentence on each. */
import type { ApplyUse } from '../../protocol/apply.ts';

/** Name, sentence and button of each use. */
export const useWords: Readonly<
  Record<ApplyUse, { readonly name: string; readonly line: string; readonly button: string }>
> = {
  correct: {
    name: 'Batch correction',
    line: 'Cells go to noise with their own labels and come back as cells of one batch.',
    button: 'Correct batches',
  },
  counterfactual: {
    name: 'Counterfactual',
    line: 'Chosen real cells as they would be with another value.',
    button: 'Change cells',
  },
  augment: {
    name: 'Rare cells',
    line: 'More cells of a rare kind, and whether they help a classifier.',
    button: 'Add cells',
  },
  impute: {
    name: 'Imputation',
    line: 'Expected counts of genes, with standard errors, tested on hidden counts.',
    button: 'Fill genes',
  },
};
