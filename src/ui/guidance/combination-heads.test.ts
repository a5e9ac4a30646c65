import { describe, expect, it } from 'vitest';
import { headsOf } from './CombinationGrid.tsx';

describe('heads of the grid of combinations', () => {
  it.each([
    [['control', 'stimulated'], 'level'],
    [['CD4+/CD25 T Reg', 'CD8+ Cytotoxic T', 'CD14+ Monocyte', 'CD19+ B'], 'upright'],
    [Array.from({ length: 30 }, (_, i) => `cluster ${i}`), 'none'],
    [[], 'level'],
  ] as const)('lie level where names fit, stand upright, or are left out: %j', (names, heads) => {
    expect(headsOf(names)).toBe(heads);
  });
});
