/** @file What the page advises where there is no model: the next step from where it is. */
import { expect, it } from 'vitest';
import { adviceForModel } from './NoModelYet.tsx';

it.each([
  ['none', 'Open a file, then press Train.'],
  ['opening', 'The file is being opened.'],
  ['loading', 'The file is being opened.'],
  ['preview', 'Choose how much to read, then press Train.'],
  ['ready', 'Press Train in Data or Model.'],
] as const)('with data %s: %s', (status, advice) => {
  expect(adviceForModel(status)).toBe(advice);
});
