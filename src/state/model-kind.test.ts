/** @file The kept kind of model, and what of it a training is told. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keepKind, keptKind, kindSettings, kindWords, modelName } from './model-kind.ts';

function withStorage(content: string | null): Map<string, string> {
  const kept = new Map(content === null ? [] : [['cellsmith-model-kind', content]]);
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
  return kept;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the kind of model', () => {
  const usual = { model: 'cfgen', size: 'S', minutes: 15 };

  it('is CFGen without a choice', () => {
    withStorage(null);
    expect(keptKind()).toEqual(usual);
  });

  it('survives a reload', () => {
    withStorage(null);
    keepKind({ model: 'scldm', size: 'M', minutes: 40 });
    expect(keptKind()).toEqual({ model: 'scldm', size: 'M', minutes: 40 });
  });

  it.each(['nonsense', '{"model":"other"}', '{"size":"XL"}', '{"minutes":0}', 'null'])(
    'is the usual one when what was kept cannot be used: %s',
    (content) => {
      withStorage(content);
      expect(keptKind()).toEqual(usual);
    },
  );

  it('tells a training of size and minutes only where they matter', () => {
    expect(kindSettings({ model: 'cfgen', size: 'M', minutes: 3 })).toEqual({ model: 'cfgen' });
    const slow = { model: 'scldm', size: 'M', minutes: 3 } as const;
    expect(kindSettings(slow)).toEqual(slow);
  });

  it('has a name and a few words', () => {
    expect([modelName({ model: 'cfgen' }), modelName({ model: 'scldm' })]).toEqual([
      'CFGen',
      'scLDM',
    ]);
    expect(kindWords('scldm')).toContain('set of genes');
  });
});
