/** @file Trivial methods in the plots: their names and their hollow marks. */
import type { BaselineName } from '../../protocol/judge.ts';

/** Names as the plot's key and the tables say them. */
export const baselineNames: Readonly<Record<BaselineName, string>> = {
  gaussian: 'one Gaussian per type',
  independentGenes: 'independent genes',
  classNb: 'class averages',
  copies: 'copied training cells',
};

/** The same in one or two words, for the key and for narrow columns. */
export const shortBaselines: Readonly<Record<BaselineName, string>> = {
  gaussian: 'Gaussian',
  independentGenes: 'independent genes',
  classNb: 'class averages',
  copies: 'copies',
};

/** What each does, for a person who rests on its name. */
export const baselineWords: Readonly<Record<BaselineName, string>> = {
  gaussian: 'One normal distribution for each type of cells, in principal components',
  independentGenes: 'Each gene drawn on its own from the training cells of the type',
  classNb: 'Counts drawn around the mean of the type, genes independent of each other',
  copies: 'Training cells as they are: near to real cells, but nothing new',
};

/** Baselines in the order in which they are drawn. */
export const marked = ['gaussian', 'independentGenes', 'classNb', 'copies'] as const;

/** The same in tables. */
export const inTables: readonly BaselineName[] = marked;

/** Outline of a mark around a point. */
export function markPath(name: (typeof marked)[number], x: number, y: number): string {
  if (name === 'gaussian') return `M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5-4.5z`;
  if (name === 'independentGenes') return `M${x - 3.8} ${y - 3.8}h7.6v7.6h-7.6z`;
  if (name === 'classNb') return `M${x} ${y - 4.6}l4.6 8h-9.2z`;
  return `M${x - 4} ${y - 4}l8 8M${x + 4} ${y - 4}l-8 8`;
}
