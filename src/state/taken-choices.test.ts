/** @file scDFM changes the choices in Data for its screen, and leaves them as they were when another kind of model is chosen. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ObsColumn } from '../protocol/dataset.ts';
import { keepArray } from './array-registry.ts';
import { chooseKind, countAsPerturbation, holdOutContext, bringIn, setScreen } from './actions/screen.ts'; // prettier-ignore
import { clearHistory, redo, undo } from './history.ts';
import { labelsWithin, shownHoldOuts } from './hold-outs.ts';
import { screenOf } from './screen-choice.ts';
import { emptyChoices, emptyData, get, initialState, patch, studio } from './store.ts';
import { givenBack } from './taken-choices.ts';

let now = 0;

/** Changes further apart than one drag of a slider. */
function later(change: () => void): void {
  now += 1000;
  change();
}

const column = (name: string, categories: readonly string[], missing = 0): ObsColumn => ({
  name,
  kind: 'categorical',
  categories,
  cells: categories.map(() => 10),
  missing,
  steerable: true,
  why: null,
  colours: null,
});
const obs = [
  column('phase', ['G1', 'S']),
  column('cell_type', ['T', 'B']),
  column('perturbation', ['NT', 'A', 'B', 'ambiguous'], 4),
  column('drug', ['DMSO', 'x', 'unknown']),
  column('donor', ['d1', 'd2']),
];

const chosen = () => {
  const { attributes, leftOut, leaveUnlabelled } = get().choices;
  return { attributes, leftOut, leaveUnlabelled };
};
const own = { attributes: ['phase', 'donor'], leftOut: { donor: ['d2'] }, leaveUnlabelled: ['donor'] }; // prettier-ignore
const screened = {
  attributes: ['perturbation', 'cell_type'],
  leftOut: { donor: ['d2'], perturbation: ['ambiguous'] },
  leaveUnlabelled: ['donor', 'perturbation'],
};

beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const data = { ...emptyData, summary: { obs } } as unknown as typeof emptyData;
  studio.setState({ ...initialState, data, choices: { ...emptyChoices, ...own } }, true);
  clearHistory();
});

afterEach(() => vi.restoreAllMocks());

describe('choosing scDFM and another kind again', () => {
  it('brings back what a person had, and undo goes both ways', () => {
    later(() => chooseKind('scdfm'));
    expect(chosen()).toEqual(screened);
    expect(get().statusText).toContain('Attributes are now perturbation and cell_type.');
    later(() => chooseKind('scldm'));
    expect(chosen()).toEqual(own);
    expect(get().statusText).toBe('Attributes are phase and donor again. Cells that were left out for scDFM are used again.'); // prettier-ignore
    expect(get().model.settings).toMatchObject({ model: 'scldm', screen: { taken: null } });
    undo();
    expect(chosen()).toEqual(screened);
    expect(get().model.settings.model).toBe('scdfm');
    undo();
    expect(chosen()).toEqual(own);
    expect(get().model.settings.model).toBe(initialState.model.settings.model);
    redo();
    later(() => chooseKind('cfgen'));
    expect(chosen()).toEqual(own);
  });

  it('keeps what was changed by hand in between', () => {
    later(() => chooseKind('scdfm'));
    later(() => patch('choices', { attributes: [...get().choices.attributes, 'drug'] }));
    later(() => patch('choices', { leftOut: { ...get().choices.leftOut, cell_type: ['B'] } }));
    later(() => countAsPerturbation('perturbation', 'ambiguous'));
    later(() => chooseKind('cfgen'));
    expect(chosen()).toEqual({
      attributes: ['phase', 'donor', 'drug'],
      leftOut: { donor: ['d2'], cell_type: ['B'] },
      leaveUnlabelled: ['donor'],
    });
    later(() => chooseKind('scdfm'));
    expect(get().choices.leftOut['perturbation']).toBeUndefined();
  });

  it('takes the columns of another screen in place of the ones before, and gives all of them back', () => {
    later(() => chooseKind('scdfm'));
    later(() => patch('choices', { attributes: [...get().choices.attributes, 'donor'] }));
    later(() => setScreen({ attribute: 'drug' }));
    expect(chosen()).toEqual({
      attributes: ['drug', 'cell_type', 'donor'],
      leftOut: { donor: ['d2'], drug: ['unknown'] },
      leaveUnlabelled: ['donor'],
    });
    later(() => chooseKind('cfgen'));
    expect(chosen()).toEqual(own);
  });

  it('changes nothing where the attributes are those of the screen already', () => {
    const ready = { attributes: ['donor', 'cell_type', 'perturbation'], leftOut: { perturbation: ['ambiguous'] }, leaveUnlabelled: ['perturbation'] }; // prettier-ignore
    patch('choices', ready);
    later(() => chooseKind('scdfm'));
    expect(chosen()).toEqual(ready);
    later(() => chooseKind('cfgen'));
    expect(chosen()).toEqual(ready);
  });
});

describe('givenBack', () => {
  it('puts back what was taken away in its old place, before what came since', () => {
    const before = { attributes: ['a', 'b', 'c'], leftOut: {}, leaveUnlabelled: [] };
    const after = { ...before, attributes: ['p', 'b'] };
    const since = { ...emptyChoices, attributes: ['p', 'b', 'd'] };
    expect(givenBack(since, { before, after }).attributes).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('holding out a kind of cells', () => {
  beforeEach(() => {
    // B cells have A and B beside control, T cells A alone.
    const perturbation = keepArray(Int32Array.of(0, 1, 2, 0, 1, 3, -1));
    const type = keepArray(Int32Array.of(1, 1, 1, 0, 0, 1, 1));
    patch('data', { columns: { perturbation, cell_type: type } });
    chooseKind('scdfm');
  });

  const lines = (): string[] => {
    const screen = screenOf(get());
    if (screen === null) throw new Error('no screen');
    const within = labelsWithin(screen, get().choices);
    return shownHoldOuts(get().model.settings.hide, screen, within).map(({ words }) => words);
  };

  it('takes every perturbation that has cells there, in one step and one line', () => {
    later(() => holdOutContext('B'));
    expect(get().model.settings.hide).toEqual([
      { perturbation: 'A', cell_type: 'B' },
      { perturbation: 'B', cell_type: 'B' },
    ]);
    expect(lines()).toEqual(['every perturbation × B']);
    later(() => bringIn({ perturbation: 'A', cell_type: 'B' }));
    expect(lines()).toEqual(['B × B']);
    undo();
    undo();
    expect(lines()).toEqual([]);
  });

  it('names the perturbation where there is but one', () => {
    later(() => holdOutContext('T'));
    expect(lines()).toEqual(['A × T']);
  });
});
