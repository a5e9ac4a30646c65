/** @file What of the open file goes into training: attributes, limits, genes, values left out. */
import { floatArray } from '../array-registry.ts';
import { limitsByMad } from '../qc-limits.ts';
import { get, patch } from '../store.ts';
import type { DataChoices, Range } from '../types.ts';
import { say } from './alerts.ts';

function choose(change: Partial<DataChoices>): void {
  patch('choices', change);
}

/** Uses a column as an attribute, or no longer. */
export function toggleAttribute(name: string): void {
  const { attributes } = get().choices;
  choose({
    attributes: attributes.includes(name)
      ? attributes.filter((other) => other !== name)
      : [...attributes, name],
  });
}

/** Leaves the cells without a value of an attribute out of training, or trains on them without this attribute. */
export function leaveUnlabelled(name: string, out: boolean): void {
  const others = get().choices.leaveUnlabelled.filter((other) => other !== name);
  choose({ leaveUnlabelled: out ? [...others, name] : others });
}

/** Limits of counts or genes per cell; null is no bound. */
export function setRange(which: 'counts' | 'genes', range: Range): void {
  choose({ [which]: range });
}

/** Largest mitochondrial share in per cent; null is no bound. */
export function setMitoMax(mitoMax: number | null): void {
  choose({ mitoMax });
}

/** Sets all limits of cells by how far they lie from the median; one step of undo. */
export function suggestLimits(): void {
  const { data } = get();
  const limits = limitsByMad({
    counts: floatArray(data.qc?.counts ?? null),
    genes: floatArray(data.qc?.genes ?? null),
    mito: floatArray(data.qc?.mito ?? null),
  });
  choose(limits);
  say('Limits are set by the median and its deviations.');
}

/** Genes must have counts in at least this many cells. */
export function setMinCells(minCells: number): void {
  choose({ minCells: Math.max(1, Math.round(minCells)) });
}

/** All genes, or this many of the most variable ones. */
export function setGeneChoice(geneChoice: 'all' | number): void {
  choose({ geneChoice });
}

/** Most variable genes by the ranks of each group of a column (a batch); null: over all cells together. */
export function setVariableBy(variableBy: string | null): void {
  choose({ variableBy });
}

/** Leaves a category's cells out of training. */
export function leaveOut(attribute: string, category: string): void {
  const { leftOut } = get().choices;
  choose({ leftOut: { ...leftOut, [attribute]: [...(leftOut[attribute] ?? []), category] } });
}

/** Takes a category back in. */
export function bringBack(attribute: string, category: string): void {
  const { leftOut } = get().choices;
  choose({
    leftOut: {
      ...leftOut,
      [attribute]: (leftOut[attribute] ?? []).filter((name) => name !== category),
    },
  });
}

/** Learns peaks as there or not, or as counts. */
export function setPeaksAs(peaksAs: DataChoices['peaksAs']): void {
  choose({ peaksAs });
}

/** Answers a rare-category note with "Keep it". */
export function keepCategory(attribute: string, category: string): void {
  choose({ kept: [...get().choices.kept, `${attribute}/${category}`] });
}
