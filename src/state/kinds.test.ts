/** @file Words for kinds of features, and which kinds of a file a model means. */
import { describe, expect, it } from 'vitest';
import type { FeatureKind } from '../protocol/dataset.ts';
import {
  columnsOfKind,
  featureCount,
  featureWords,
  kindsOfModel,
  measuredKind,
  openKinds,
  partOf,
} from './kinds.ts';

const kind = (name: string, open: boolean, likelihood: FeatureKind['likelihood']): FeatureKind => ({
  name,
  features: name.length * 1000,
  likelihood,
  open,
});
const rna = kind('Gene Expression', true, 'negative-binomial');
const atac = kind('Peaks', true, 'bernoulli');
const summary = (...kinds: FeatureKind[]): Parameters<typeof kindsOfModel>[0] =>
  ({ kinds }) as unknown as Parameters<typeof kindsOfModel>[0];

describe('kinds of features', () => {
  it('are called genes, peaks, or features where there are both', () => {
    expect(featureWords([]).many).toBe('genes');
    expect(featureWords([rna]).one).toBe('gene');
    expect(featureWords([atac]).many).toBe('peaks');
    expect(featureWords([rna, atac]).many).toBe('features');
    expect(featureCount(20_000, [rna, atac])).toBe('15,000 genes and 5,000 peaks');
    expect(featureCount(5000, [atac])).toBe('5,000 peaks');
    expect(featureCount(7)).toBe('7 genes');
  });

  it('are measured by genes where there are any', () => {
    expect(measuredKind({ kinds: [atac, rna] })).toBe(rna);
    expect(measuredKind({ kinds: [atac, { ...rna, open: false }] })).toBe(atac);
    expect(measuredKind({})).toBeNull();
    expect(partOf(openKinds({ kinds: [rna, atac] }))).toBe('Gene Expression + Peaks');
    expect(columnsOfKind([rna, atac], atac)).toEqual({ from: 15_000, to: 20_000 });
  });

  it('of a model are found in a file by name or by what they are', () => {
    const named = [
      { name: 'rna', features: 9, likelihood: 'negative-binomial' as const },
      { name: 'atac', features: 9, likelihood: 'poisson' as const },
    ];
    expect(kindsOfModel(summary(atac, rna), named)).toEqual([rna, atac]);
    expect(kindsOfModel(summary(rna), named)).toBeNull();
    expect(kindsOfModel(summary(atac, kind('more peaks', false, 'bernoulli')), named.slice(1))).toBeNull(); // prettier-ignore
  });
});
