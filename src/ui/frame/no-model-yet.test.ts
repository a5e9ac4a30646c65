/** @file What the page advises where there is no model: the next step from where it is. */
import { expect, it } from 'vitest';
import { adviceForModel, arrivalOf } from './NoModelYet.tsx';

it.each([
  ['none', 'Open a file, then press Train.'],
  ['opening', 'The file is being opened.'],
  ['loading', 'The file is being opened.'],
  ['preview', 'Choose how much to read, then press Train.'],
  ['ready', 'Press Train in Data or Model.'],
] as const)('with data %s: %s', (status, advice) => {
  expect(adviceForModel(status)).toBe(advice);
});

it('says where a model on its way comes from, and never asks to train then', () => {
  expect(arrivalOf({ status: 'none', origin: null })).toBeNull();
  expect(arrivalOf({ status: 'ready', origin: 'restored' })).toBeNull();
  const said = (['restored', 'ready-made', null] as const).map(
    (origin) => arrivalOf({ status: 'loading', origin })?.what,
  );
  expect(said).toEqual([
    'The model is being brought back',
    'The ready-made model is being loaded',
    'The model file is being opened',
  ]);
});
