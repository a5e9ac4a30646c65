/** @file Where a training's counts lie: by their size, or as a person asked. */
import { describe, expect, it } from 'vitest';
import { keepArray } from './array-registry.ts';
import { emptyChoices, emptyData, emptyModel } from './store.ts';
import { placeText, placeWords, trainPlace, type PlaceChoice } from './train-place.ts';

/** Two cells with so many genes found in each, of 8,000, of which `open` are loaded. */
function state(found: number, place: PlaceChoice = 'auto', open = 8000) {
  return {
    data: {
      ...emptyData,
      status: 'ready' as const,
      geneCount: open,
      fileGenes: 8000,
      qc: {
        counts: keepArray(Float32Array.of(100, 100)),
        genes: keepArray(Float32Array.of(found, found)),
        mito: null,
      },
    },
    choices: emptyChoices,
    model: { settings: { ...emptyModel.settings, place } },
  };
}

describe('the place of the counts', () => {
  it('is memory as long as a second copy fits, then the disk', () => {
    expect(trainPlace(state(1000))).toEqual({
      onDisk: false,
      allGenes: false,
      genes: 8000,
      memory: 16_000,
      disk: 6042,
    });
    expect(trainPlace(state(46_000_000)).onDisk).toBe(false);
    expect(trainPlace(state(47_000_000)).onDisk).toBe(true);
  });

  it('is what a person asked for', () => {
    expect(trainPlace(state(1000, 'disk')).onDisk).toBe(true);
    expect(trainPlace(state(47_000_000, 'memory')).onDisk).toBe(false);
  });

  it('takes in the genes that are not open only when asked to, and fewer genes when chosen', () => {
    const some = state(1000, 'disk', 2000);
    expect(trainPlace(some)).toMatchObject({ allGenes: false, genes: 2000, disk: 4542 });
    const all = state(1000, 'disk-all-genes', 2000);
    expect(trainPlace(all)).toMatchObject({ onDisk: true, allGenes: true, genes: 8000 });
    expect(trainPlace(state(1000, 'disk-all-genes')).allGenes).toBe(false);
    const variable = { ...all, choices: { ...emptyChoices, geneChoice: 800 } };
    expect(trainPlace(variable)).toMatchObject({ genes: 800, memory: 4800 });
  });

  it('leaves out the cells outside the limits', () => {
    const own = state(1000);
    const choices = { ...emptyChoices, counts: { min: 101, max: null } };
    expect(trainPlace({ ...own, choices })).toMatchObject({ memory: 0, disk: 0 });
  });

  it('is told in words', () => {
    const small = trainPlace(state(1000));
    expect(placeWords(small)).toContain('in memory');
    expect(placeText('auto', small)).toContain('fit into memory');
    const large = trainPlace(state(47_000_000));
    expect(placeText('auto', large)).toContain('do not fit');
    expect(placeText('memory', trainPlace(state(47_000_000, 'memory')))).toContain('may not fit');
    const all = trainPlace(state(1000, 'disk-all-genes', 2000));
    expect(placeText('disk-all-genes', all)).toContain('All 8,000 genes');
  });
});
