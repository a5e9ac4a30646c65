/** @file Undo and redo of what a person chose for the next training, beside what is steered. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bringIn, holdOut } from './actions/screen.ts';
import { setTrainSettings } from './actions/training.ts';
import { clearHistory, redo, undo } from './history.ts';
import { get, initialState, patch, studio } from './store.ts';

let now = 0;

/** Changes further apart than one drag of a slider. */
function later(change: () => void): void {
  now += 1000;
  change();
}

beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  studio.setState(initialState, true);
  clearHistory();
});

afterEach(() => vi.restoreAllMocks());

const held = (): string[] => get().model.settings.hide.map(({ gene }) => gene);

describe('undo', () => {
  it('brings back what was held out, and redo takes it away again', () => {
    later(() => holdOut({ gene: 'A' }));
    later(() => holdOut({ gene: 'B' }));
    later(() => bringIn({ gene: 'A' }));
    expect(held()).toEqual(['B']);
    expect(undo()).toBe(true);
    expect(held()).toEqual(['A', 'B']);
    undo();
    undo();
    expect(held()).toEqual([]);
    expect(undo()).toBe(false);
    redo();
    expect(held()).toEqual(['A']);
    expect(Object.keys(get()).sort()).toEqual(Object.keys(initialState).sort());
  });

  it('leaves what a training has reached, and takes settings and the question in their order', () => {
    later(() => setTrainSettings({ seed: 5 }));
    later(() => patch('question', { members: ['A'] }));
    patch('model', { at: 17 });
    undo();
    expect(get().question.members).toBeNull();
    expect(get().model).toMatchObject({ at: 17, settings: { seed: 5 } });
    undo();
    expect(get().model).toMatchObject({ at: 17, settings: { seed: 0 } });
  });
});

/** The next turn of the event loop, without a step of the clock. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Steps back until there are none. */
function steps(): number {
  let count = 0;
  while (undo()) count++;
  return count;
}

describe('steps', () => {
  it('counts a drag once and two choices twice, however quickly they follow', async () => {
    for (let i = 1; i <= 20; i++) {
      now += 16;
      patch('guidance', { cells: 100 * i });
      await nextTurn();
    }
    patch('look', { overlay: 'pca' });
    await nextTurn();
    holdOut({ gene: 'A' });
    await nextTurn();
    patch('guidance', { seed: 3 });
    expect(steps()).toBe(4);
    expect(get().guidance).toEqual(initialState.guidance);
  });

  it('takes what one action changes as one', async () => {
    setTrainSettings({ seed: 5 });
    patch('look', { overlay: 'pca' });
    await nextTurn();
    patch('guidance', { seed: 1 });
    undo();
    expect(get().look.overlay).toBe('pca');
    undo();
    expect([get().model.settings.seed, get().look.overlay]).toEqual([0, 'umap']);
  });

  it('begins anew after the history is cleared and after an undo', () => {
    patch('look', { overlay: 'pca' });
    clearHistory();
    patch('look', { overlay: 'umap' });
    expect(undo()).toBe(true);
    patch('look', { overlay: 'umap' });
    expect(steps()).toBe(1);
  });
});
