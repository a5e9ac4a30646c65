/** @file Settings of trainings over visits: what comes back, what is left out, what another file begins with. */
import { describe, expect, it } from 'vitest';
import { readSession } from '../clients/session-store.ts';
import { emptyModel, emptyScreen } from './store.ts';
import { freshSettings, settingsFrom } from './training-settings.ts';

const record = (training: unknown): string =>
  JSON.stringify({
    version: 1,
    fileName: 'screen.h5ad',
    source: 'X',
    choices: {},
    guidance: {},
    look: {},
    step: 'model',
    training,
  });

const set = {
  ...emptyModel.settings,
  model: 'scdfm',
  recipe: 'faithful',
  seed: 3,
  flowSteps: 60,
  heldOut: 0.2,
  heldOutBy: 'donor',
  hide: [{ perturbation: 'A+B' }, { perturbation: 'A', cell_type: 'T' }],
  screen: {
    ...emptyScreen,
    control: 'NT',
    tier: 'pad-lite',
    mmdWeight: 0,
    genes: 128,
    graph: { name: 'edges.tsv', pairs: 2 },
    taken: {
      before: { attributes: ['phase'], leftOut: {}, leaveUnlabelled: [] },
      after: {
        attributes: ['perturbation', 'cell_type'],
        leftOut: { perturbation: ['ambiguous'] },
        leaveUnlabelled: ['perturbation'],
      },
    },
  },
} as const;

describe('settingsFrom', () => {
  it('gives back what was kept as text', () => {
    expect(settingsFrom(readSession(record(set))?.training)).toEqual(set);
  });

  it('leaves out fields that are not as they should be, and no others', () => {
    const odd = { ...set, seed: -1, minutes: 'many', hide: [{ perturbation: 5 }], screen: { ...set.screen, tier: 'slow', mmdWeight: null } }; // prettier-ignore
    const session = readSession(record(odd));
    const back = settingsFrom(session?.training);
    expect(session?.fileName).toBe('screen.h5ad');
    expect(back).toMatchObject({ model: 'scdfm', flowSteps: 60, seed: 0, minutes: 15, hide: [] });
    expect(back.screen).toMatchObject({ control: 'NT', tier: 'fast', mmdWeight: 0.5, genes: 128 });
  });

  it('begins anew without a record, or with one of an older page', () => {
    expect(settingsFrom(readSession(record(undefined))?.training)).toEqual(freshSettings());
    expect(settingsFrom(readSession(record('none'))?.training)).toEqual(freshSettings());
    expect(freshSettings()).toEqual(emptyModel.settings);
    expect(readSession('{')).toBeNull();
    expect(readSession(record(set).replace('"version":1', '"version":2'))).toBeNull();
  });
});
