/** @file What the steps say in each state of the page. */
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../protocol/errors.ts';
import { emptyData, emptyModel, emptySynthetic, emptyVerdict } from '../../state/store.ts';
import type { DataState, ModelState, SyntheticState, VerdictState } from '../../state/types.ts';
import { stepStates } from './step-states.ts';

const summary: NonNullable<DataState['summary']> = {
  fileName: 'tumour.h5ad',
  format: 'h5ad',
  parts: [],
  part: null,
  estimate: null,
  bytes: 1,
  nObs: 2618,
  nVars: 9,
  obsNames: [],
  varNames: [],
  X: null,
  layers: [],
  raw: null,
  obs: [],
  geneNames: [],
  obsm: {},
  maps: [],
  counts: [],
  chosen: 'X',
  proposed: [],
  warnings: [],
};

function lines(
  change: {
    data?: Partial<DataState>;
    model?: Partial<ModelState>;
    synthetic?: Partial<SyntheticState>;
    verdict?: Partial<VerdictState>;
  },
  questions = 0,
  failed = false,
) {
  const error = new StudioError('diverged', 'Training went astray.', '').toRecord();
  return stepStates(
    {
      data: { ...emptyData, ...change.data },
      model: { ...emptyModel, ...change.model },
      synthetic: { ...emptySynthetic, ...change.synthetic },
      verdict: { ...emptyVerdict, ...change.verdict },
      alerts: failed ? [{ id: 1, error, unchanged: null, actions: [] }] : [],
    },
    'export',
    questions,
  ).map(({ line, glyph, off }) => ({ line, glyph, off }));
}

const open = { status: 'ready', origin: 'file', summary } as const;

describe('stepStates', () => {
  it('says what is missing when nothing is open', () => {
    expect(lines({}).map(({ line }) => line)).toEqual([
      'No file open',
      'After opening a file',
      'After training',
      'After training',
      'After generating',
      'After training',
    ]);
    expect(lines({}).map(({ off }) => off)).toEqual([false, true, true, true, true, true]);
  });

  it('names the demo by its cells and an own file by its name', () => {
    expect(lines({ data: { ...open, origin: 'demo' } })[0]?.line).toBe('Demo: 2,618 blood cells');
    expect(lines({ data: open })[0]).toEqual({ line: 'tumour.h5ad', glyph: 'ok', off: false });
  });

  it('asks for a look while a question waits or no counts were found', () => {
    expect(lines({ data: open }, 1)[0]?.glyph).toBe('warn');
    expect(lines({ data: { ...open, summary: { ...summary, chosen: null } } })[0]?.glyph).toBe(
      'warn',
    );
  });

  it('follows a training', () => {
    const training = { status: 'training', secondsLeft: 47.2 } as const;
    expect(lines({ data: open, model: training })[1]).toEqual({
      line: 'Training, 48\u2009s left',
      glyph: 'busy',
      off: false,
    });
    expect(lines({ data: open, model: { ...training, secondsLeft: 7.2 } })[1]?.line).toBe(
      'Training, 8\u2009s left',
    );
    expect(lines({ data: open, model: { ...training, secondsLeft: 171 } })[1]?.line).toBe(
      'Training, 2\u2009min 51\u2009s left',
    );
    expect(lines({ data: open, model: { status: 'paused', overall: 0.57 } })[1]?.line).toBe(
      'Paused at 57\u2009%',
    );
    expect(lines({ data: open }, 0, true)[1]).toEqual({
      line: 'Stopped: see why',
      glyph: 'err',
      off: false,
    });
  });

  it('waits for a model that is on its way instead of asking for a training', () => {
    const restored = lines({ data: open, model: { status: 'loading', origin: 'restored' } });
    expect(restored[1]).toEqual({ line: 'Being brought back', glyph: 'busy', off: false });
    expect(restored.slice(2).map(({ line }) => line)).toEqual(
      Array<string>(4).fill('After loading'),
    );
    expect(lines({ data: open, model: { status: 'loading', origin: 'ready-made' } })[1]?.line).toBe(
      'Being loaded',
    );
  });

  it('has a step more with a model of a perturbation screen', () => {
    const info = { screen: { seenMembers: 26 } } as unknown as NonNullable<ModelState['info']>;
    const ready = { data: open, model: { status: 'ready', info, origin: 'restored' } as const };
    expect(lines(ready)).toHaveLength(7);
    expect(lines(ready)[6]).toEqual({ line: '26 perturbations', glyph: 'ahead', off: false });
    expect(lines({ ...ready, model: { ...ready.model, status: 'training' } })[6]?.off).toBe(true);
  });

  it('counts cells and says when they are extrapolated', () => {
    const ready = { data: open, model: { status: 'ready', origin: 'ready-made' } as const };
    const cells = { status: 'ready', sampleId: 3, cells: 300 } as const;
    expect(lines({ ...ready, synthetic: cells }).map(({ line }) => line)).toEqual([
      'tumour.h5ad',
      'Ready-made model',
      '300 synthetic cells',
      'Not checked',
      '300 cells ready',
      'On real cells',
    ]);
    expect(lines({ ...ready, synthetic: { ...cells, extrapolated: true } })[2]?.line).toBe(
      '300 extrapolated cells',
    );
  });
});
