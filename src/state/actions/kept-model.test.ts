/** @file A kept model on its way back: the page says so, nothing trains meanwhile, and a failure leaves the file without one. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileSummary } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { initialState, get, patch, studio } from '../store.ts';

const io = { select: vi.fn(), onDeath: vi.fn() };
const model = { load: vi.fn(), init: vi.fn() };
const recallModel = vi.fn();
vi.mock('../../clients/io-client.ts', () => ({ io }));
vi.mock('../../clients/model-client.ts', () => ({ model }));
vi.mock('../../clients/session-store.ts', () => ({ recallModel }));
vi.mock('./data.ts', () => ({
  openKindsTogether: () => Promise.resolve(true),
  restoreRanges: () => Promise.resolve(),
  reopenAfterCrash: () => Promise.resolve(),
}));
vi.mock('./map.ts', () => ({ referenceFromFile: () => Promise.resolve() }));
vi.mock('./map-choice.ts', () => ({ leaveLatentMap: () => undefined }));
vi.mock('./generate.ts', () => ({ generateSoon: () => Promise.resolve() }));

const { findModel } = await import('./kept-model.ts');
const { beginLoading } = await import('./model-back.ts');
const { train } = await import('./training.ts');

const info = { sourceShape: [90, 12], attributes: [] } as unknown as ModelInfo;

beforeEach(() => {
  vi.resetAllMocks();
  studio.setState(initialState, true);
  const summary = { fileName: 'kang.h5ad', nObs: 90, nVars: 12 } as unknown as FileSummary;
  patch('data', { status: 'ready', origin: 'file', summary });
  patch('choices', { source: 'X' });
});

describe('a kept model', () => {
  it('is on its way from the moment it is found until it is there, and nothing trains meanwhile', async () => {
    recallModel.mockResolvedValue(new Blob([Uint8Array.of(1, 2)]));
    model.load.mockResolvedValue(info);
    const kept = await findModel();
    expect(recallModel).toHaveBeenCalledWith('kang.h5ad', [90, 12]);
    expect(get().model).toMatchObject({ status: 'loading', origin: 'restored', info: null });
    expect(get()).toMatchObject({
      busy: true,
      statusText: 'Bringing back the model trained on kang.h5ad.',
    });
    let tested = (): void => undefined;
    const coming = kept?.bring(new Promise((resolve) => (tested = resolve)));
    await train();
    expect(io.select).not.toHaveBeenCalled();
    expect(model.load).not.toHaveBeenCalled();
    expect(get().model.status).toBe('loading');
    tested();
    expect(await coming).toBe(true);
    expect(model.load).toHaveBeenCalledWith(Uint8Array.of(1, 2));
    expect(get().model).toMatchObject({ status: 'ready', origin: 'restored', info });
  });

  it('that cannot be loaded leaves the page without one, and says so', async () => {
    recallModel.mockResolvedValue(new Blob(['x']));
    model.load.mockRejectedValue(new StudioError('bad-model', 'This is no model.', 'It is cut.'));
    expect(await (await findModel())?.bring()).toBe(false);
    expect(get().model).toMatchObject({ status: 'none', origin: null });
    expect(get().alerts.map(({ unchanged }) => unchanged)).toEqual([
      'The file is open without its model.',
    ]);
    expect(get().busy).toBe(false);
  });

  it('that the last visit had is waited for even before it is found', async () => {
    recallModel.mockResolvedValue(new Blob(['x']));
    model.load.mockResolvedValue(info);
    const settle = beginLoading('restored');
    expect(await (await findModel())?.bring()).toBe(true);
    settle();
    expect(get().model.status).toBe('ready');
    // And where it is gone by now, the page ends up without one.
    patch('model', { status: 'none', origin: null });
    recallModel.mockResolvedValue(null);
    const other = beginLoading('restored');
    expect(await findModel()).toBeNull();
    other();
    expect(get().model.status).toBe('none');
  });

  it('is not spoken of where there is none', async () => {
    recallModel.mockResolvedValue(null);
    expect(await findModel()).toBeNull();
    expect(get().model.status).toBe('none');
  });

  it('stays away when another file was opened, or a training begun, while it was looked for', async () => {
    let found = (_: Blob): void => undefined;
    recallModel.mockImplementation(() => new Promise((resolve) => (found = resolve)));
    const first = findModel();
    patch('data', { summary: { fileName: 'other.h5ad' } as unknown as FileSummary });
    found(new Blob(['x']));
    expect(await first).toBeNull();
    const second = findModel();
    patch('model', { status: 'training' });
    found(new Blob(['x']));
    expect(await second).toBeNull();
    expect(get().model.status).toBe('training');
  });
});

describe('a kept model whose file was closed while it was on its way', () => {
  it.each([
    ['before it is loaded', (): unknown => undefined, 0],
    ['while it is loaded', (): unknown => Promise.resolve(info), 1],
    ['while it could not be loaded', (): unknown => Promise.reject(new Error('cut')), 1],
  ] as const)('is let go %s, without a word', async (_, load, loads) => {
    recallModel.mockResolvedValue(new Blob(['x']));
    const demo = { fileName: 'demo.h5ad' } as unknown as FileSummary;
    const open = (): void => patch('data', { summary: demo });
    model.load.mockImplementation((): unknown => (open(), load()));
    const kept = await findModel();
    if (loads === 0) open();
    expect(await kept?.bring()).toBe(false);
    expect(model.load).toHaveBeenCalledTimes(loads);
    expect(get().model).toMatchObject({ status: 'none', info: null });
    expect(get().alerts).toEqual([]);
  });
});

describe('beginLoading', () => {
  it('ends only its own: an older arrival does not end a newer one', () => {
    const older = beginLoading('ready-made');
    patch('model', { status: 'none' });
    const newer = beginLoading('restored');
    older();
    expect(get().model).toMatchObject({ status: 'loading', origin: 'restored' });
    newer();
    expect(get().model).toMatchObject({ status: 'none', origin: null });
  });

  it('leaves a model that is there, and one that is being trained', () => {
    for (const status of ['ready', 'training'] as const) {
      patch('model', { status, origin: 'trained' });
      beginLoading(null)();
      expect(get().model).toMatchObject({ status, origin: 'trained' });
    }
  });
});
