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
