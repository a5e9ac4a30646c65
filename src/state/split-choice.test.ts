/** @file What is held out of a training: hidden combinations that hold for its attributes and its kind of model. */
import { describe, expect, it } from 'vitest';
import { hiddenNow, splitFor } from './split-choice.ts';
import { emptyModel } from './store.ts';

const hide = [{ gene: 'A' }, { gene: 'B', type: 'T' }, { type: 'B', donor: 'd1' }];
const attributes = [
  { name: 'gene', categories: ['NT', 'A', 'B'], codes: Int32Array.of(0, 1, 2) },
  { name: 'type', categories: ['T', 'B'], codes: Int32Array.of(0, 0, 1) },
];
const selected = { attributes, cellIndex: Int32Array.of(0, 1, 2) };

describe('hidden combinations', () => {
  it('hold where their columns are attributes; those of one value for screens alone', () => {
    expect(hiddenNow({ hide, model: 'scdfm' }, ['gene', 'type'])).toEqual(hide.slice(0, 2));
    expect(hiddenNow({ hide, model: 'cfgen' }, ['gene', 'type'])).toEqual([hide[1]]);
    expect(hiddenNow({ hide, model: 'scldm' }, ['type', 'donor'])).toEqual([hide[2]]);
    expect(hiddenNow({ hide, model: 'scdfm' }, [])).toEqual([]);
  });

  it('are told to a training without values that its cells do not have', () => {
    const settings = { ...emptyModel.settings, hide: [...hide, { gene: 'gone', type: 'T' }] };
    expect(splitFor({ ...settings, model: 'scdfm' }, selected).split?.hide).toEqual(hide.slice(0, 2)); // prettier-ignore
    expect(splitFor({ ...settings, model: 'cfgen' }, selected).split).toEqual({ by: null, hide: [hide[1]] }); // prettier-ignore
    expect(splitFor({ ...settings, hide: [{ gene: 'A' }] }, selected)).toEqual({ split: undefined }); // prettier-ignore
  });
});
