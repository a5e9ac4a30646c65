/** @file Which uses of a model are refused, with what to do instead. */
import { describe, expect, it } from 'vitest';
import type { ApplyUse } from '../protocol/apply.ts';
import type { ModelInfo } from '../protocol/model.ts';
import { refusalOf } from './apply-choice.ts';

const attributes = [{ name: 'gene', categories: ['NT', 'A'], cells: [40, 10] }];
const plain = { attributes } as unknown as ModelInfo;
const screen = { attributes, screen: { attribute: 'gene' } } as unknown as ModelInfo;
const uses: readonly ApplyUse[] = ['correct', 'counterfactual', 'augment', 'impute'];

describe('refusalOf', () => {
  it('refuses nothing of a model with a varied attribute', () => {
    expect(uses.map((use) => refusalOf(use, plain))).toEqual([null, null, null, null]);
  });

  it("leaves a screen's model the making of rare cells, and names another way for the rest", () => {
    expect(refusalOf('augment', screen)).toBeNull();
    expect(refusalOf('counterfactual', screen)?.advice).toContain('under Perturb');
    for (const use of ['correct', 'impute'] as const) {
      expect(refusalOf(use, screen)?.advice).toContain('Train CFGen or scLDM');
    }
  });
});
