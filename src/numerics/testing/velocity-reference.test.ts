import { describe, expect, it } from 'vitest';
import { largestDifference } from './compare.ts';
import { loadFixture } from './fixture.ts';
import { embedScalar, velocityReference } from './velocity-reference.ts';

describe('scalar embedding', () => {
  it.each([20, 100])('of size %i has the exact values', (size) => {
    const fixture = loadFixture('velocity', 'time_embedding');
    const values = [...fixture.values('u')].flatMap((u) => [...embedScalar(u, size)]);
    expect(largestDifference(values, fixture.values(`E${size}`))).toBeLessThan(1e-11);
  });
});

describe.each([
  'forward_as_initialised',
  'forward_random',
  'forward_random_library',
  'forward_two_libraries',
  'forward_big',
])('velocity network: %s', (name) => {
  const fixture = loadFixture('velocity', name);
  const network = velocityReference(fixture.tensors);
  const x = fixture.values('x');
  const t = fixture.values('t');
  const cellType = { cell_type: fixture.values('label.cell_type') };
  const batch = { batch: fixture.values('label.batch') };
  const { l_min: min, l_max: max } = fixture.info.settings as {
    l_min?: Record<string, number>;
    l_max?: Record<string, number>;
  };
  const libraries = Object.keys(min ?? {}).map((modality) => ({
    values: fixture.values(`log_library.${modality}`),
    min: min![modality],
    max: max![modality],
  }));

  it.each([
    ['unconditional', {}],
    ['cell_type', cellType],
    ['batch', batch],
    ['all_labels', { ...cellType, ...batch }],
  ])('agrees with the original, %s', (output, labels) => {
    const v = network.forward(x, t, labels, libraries);
    expect(largestDifference(v, fixture.values(`v.${output}`))).toBeLessThan(1e-10);
  });
});
