/** @file The screen of a file: proposed by names, changed by a person, told to the training. */
import { describe, expect, it } from 'vitest';
import type { ObsColumn } from '../protocol/dataset.ts';
import type { ModelId } from '../protocol/model.ts';
import {
  labelsBySize,
  learntGenes,
  proposedScreen,
  screenHindrance,
  screenOf,
  screenSettings,
  trainedSets,
  unclearValues,
  withoutUnclear,
} from './screen-choice.ts';
import { emptyChoices, emptyData, emptyModel, emptyScreen } from './store.ts';
import type { ScreenChoices } from './types.ts';

const column = (
  name: string,
  categories: readonly string[],
  cells: readonly number[],
): ObsColumn => ({
  name,
  kind: 'categorical',
  categories,
  cells,
  missing: 0,
  steerable: true,
  why: null,
  colours: null,
});
const obs = [
  column('cell_type', ['T', 'B'], [60, 40]),
  column('perturbation', ['NT', 'A', 'B', 'A+B', 'gone'], [40, 20, 20, 20, 0]),
  column('donor', ['d1', 'd2'], [50, 50]),
];
const data = { ...emptyData, summary: { obs } } as unknown as typeof emptyData;
const stateOf = (
  screen: Partial<ScreenChoices> = {},
  model = 'scdfm',
  attributes = ['perturbation', 'cell_type'],
) => ({
  // prettier-ignore
  data,
  choices: { ...emptyChoices, attributes },
  model: { settings: { ...emptyModel.settings, model: model as ModelId, screen: { ...emptyScreen, ...screen } } }, // prettier-ignore
});

describe('screenOf', () => {
  it('takes what the names propose', () => {
    expect(proposedScreen({ data })?.attribute).toBe('perturbation');
    const screen = screenOf(stateOf());
    expect(screen).toMatchObject({ attribute: 'perturbation', control: 'NT', separator: '+', context: 'cell_type' }); // prettier-ignore
    expect(screen && labelsBySize(screen, emptyChoices)).toEqual({
      singles: ['A', 'B'],
      sets: ['A+B'],
    });
  });

  it('takes what a person chose, as far as the file has it', () => {
    expect(screenOf(stateOf({ attribute: 'donor' }))).toMatchObject({ attribute: 'donor', control: 'd1', separator: null }); // prettier-ignore
    expect(screenOf(stateOf({ control: 'A', separator: '', context: '' }))).toMatchObject({
      control: 'A',
      separator: null,
      context: null,
    });
    expect(screenOf(stateOf({ attribute: 'not there', control: 'nor this' }))?.control).toBe('NT');
    expect(screenOf(stateOf({ attribute: 'cell_type', context: 'cell_type' }))?.context).toBeNull();
  });

  it('is null without a column', () => {
    expect(screenOf({ ...stateOf(), data: emptyData })).toBeNull();
  });
});

describe('cells of which nobody knows what was perturbed', () => {
  const unclear = { ...column('perturbation', ['NT', 'A', 'B', 'ambiguous', 'A+NA', 'unknown'], [40, 20, 9, 7, 5, 0]), missing: 3 }; // prettier-ignore
  const state = { ...stateOf(), data: { ...data, summary: { obs: [unclear] } } as unknown as typeof emptyData }; // prettier-ignore
  const screen = screenOf({ ...state, model: { settings: { ...state.model.settings, screen: { ...emptyScreen, separator: '+' } } } }); // prettier-ignore
  if (screen === null) throw new Error('no screen');

  it('are left out, but for those that a person kept', () => {
    const now = withoutUnclear(screen, emptyChoices);
    expect(now.leftOut).toEqual({ perturbation: ['ambiguous', 'A+NA'] });
    expect(now.leaveUnlabelled).toEqual(['perturbation']);
    expect(labelsBySize(screen, now)).toEqual({ singles: ['A', 'B'], sets: [] });
    expect(withoutUnclear(screen, now)).toEqual(now);
    const kept = withoutUnclear(screen, { ...emptyChoices, kept: ['perturbation/ambiguous'], leftOut: { perturbation: ['B'] } }); // prettier-ignore
    expect(kept.leftOut).toEqual({ perturbation: ['B', 'A+NA'] });
    expect(labelsBySize(screen, kept)).toEqual({ singles: ['A', 'ambiguous'], sets: [] });
  });

  it('are told with their number', () => {
    expect(unclearValues(screen, { leftOut: { perturbation: ['ambiguous'] } })).toEqual([
      { label: 'ambiguous', cells: 7, isOut: true },
      { label: 'A+NA', cells: 5, isOut: false },
    ]);
  });
});

describe('screenHindrance', () => {
  it('misses the column, or an attribute, and only for scDFM', () => {
    expect(screenHindrance({ ...stateOf(), data: emptyData })).toContain('column of perturbations');
    expect(screenHindrance(stateOf({}, 'scdfm', ['perturbation']))).toContain('cell_type');
    expect(screenHindrance(stateOf({ context: '' }, 'scdfm', ['perturbation']))).toBeNull();
    expect(screenHindrance(stateOf())).toBeNull();
    expect(screenHindrance(stateOf({}, 'cfgen', []))).toBeNull();
  });
});

describe('screenSettings', () => {
  it('tells the training of scDFM alone', () => {
    expect(screenSettings(stateOf({ tier: 'pad-lite', genes: 128 }))).toEqual({
      attribute: 'perturbation',
      control: 'NT',
      separator: '+',
      context: 'cell_type',
      tier: 'pad-lite',
      start: emptyScreen.start,
      mmdWeight: 0.5,
      genes: 128,
      edges: undefined,
    });
    expect(screenSettings(stateOf({}, 'cfgen'))).toBeNull();
  });

  it('tells how many sets are learnt: control, A, B and both', () => {
    expect(trainedSets(stateOf())).toBe(4);
    expect(trainedSets({ ...stateOf(), data: emptyData })).toBe(2);
  });

  it('tells how many genes are learnt', () => {
    expect(learntGenes(stateOf({ tier: 'pad-lite' }), 2000)).toBe(256);
    expect(learntGenes(stateOf({ tier: 'pad-lite', genes: 512 }), 2000)).toBe(512);
    expect(learntGenes(stateOf({ tier: 'pad-lite' }), 100)).toBe(100);
    expect(learntGenes(stateOf({ tier: 'fast' }), 2000)).toBe(2000);
    expect(learntGenes(stateOf({ tier: 'pad-lite' }, 'cfgen'), 2000)).toBe(2000);
  });
});
