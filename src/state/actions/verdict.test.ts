/** @file When and how a model is judged: only in a quiet moment, with the model's own codes, once a model, and never over a slider. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { csrFromDense } from '../../numerics/csr.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { JudgeEvent, JudgeRequest, StoredVerdict, Verdict } from '../../protocol/judge.ts';
import type { ModelInfo, SampleRequest } from '../../protocol/model.ts';
import { keepArray } from '../array-registry.ts';
import { initialState, patch, studio } from '../store.ts';
import { checkModel, judgeWhenIdle, stopCheck, whenVerdictKept } from './verdict.ts';

const io = vi.hoisted(() => ({ subset: vi.fn() }));
const judge = vi.hoisted(() => ({ judge: vi.fn(), cancel: vi.fn(), giveWay: vi.fn() }));
const model = vi.hoisted(() => ({
  cells: vi.fn(),
  genes: vi.fn(),
  sample: vi.fn(),
  decode: vi.fn(),
  verdict: vi.fn(),
  keepVerdict: vi.fn(),
}));
vi.mock('../../clients/io-client.ts', () => ({ io }));
vi.mock('../../clients/judge-client.ts', () => ({ judge }));
vi.mock('../../clients/model-client.ts', () => ({ model }));

const verdict = {
  key: 'k',
  passed: 5,
  cells: { heldOut: 2, training: 2, synthetic: 2 },
} as Verdict;

/** A file with five cells whose column has three categories, of which the model knows two, in another order. */
function openModel(id: string): void {
  const column = { name: 'type', categories: ['a', 'unused', 'b'] };
  const attributes = [{ name: 'type', categories: ['b', 'a'] }];
  const info = { id, stoppedEarly: false, sourceShape: [5, 8], attributes };
  patch('data', {
    status: 'ready',
    mapProgress: null,
    summary: { obs: [column] } as never,
    columns: { type: keepArray(Int32Array.of(0, 2, 2, 0, 2)) },
  });
  patch('model', { status: 'ready', info: info as unknown as ModelInfo });
}

const state = () => studio.getState().verdict;

beforeEach(() => {
  vi.clearAllMocks();
  studio.setState(initialState, true);
  model.cells.mockResolvedValue({
    index: Int32Array.of(0, 1, 3, 4),
    heldOut: Uint8Array.of(0, 1, 1, 0),
  });
  model.genes.mockResolvedValue({ names: [], index: Int32Array.of(5, 7) });
  model.sample.mockResolvedValue({ sampleId: 9 });
  model.decode.mockResolvedValue(csrFromDense(2, 2, [1, 0, 0, 2]));
  io.subset.mockImplementation((cells: Int32Array) =>
    Promise.resolve(csrFromDense(cells.length, 2, new Float32Array(cells.length * 2).fill(1))),
  );
  judge.judge.mockResolvedValue(verdict);
  model.verdict.mockResolvedValue(null);
  model.keepVerdict.mockResolvedValue(undefined);
});

describe('checkModel', () => {
  it('asks for one cell for every held-out cell, in the codes of the model', async () => {
    openModel('m1');
    await checkModel();
    const [sampled] = model.sample.mock.calls[0] as [SampleRequest];
    // Held-out cells 1 and 3 of the file are b and a; the model calls b 0 and a 1.
    expect(sampled.cells).toBe(2);
    expect([...(sampled.codes?.type ?? [])]).toEqual([0, 1]);
    expect(sampled.guidance).toEqual([{ attribute: 'type', value: null, weight: 1 }]);
    const [request] = judge.judge.mock.calls[0] as [JudgeRequest];
    expect([...request.attributes[0].training]).toEqual([1, 0]);
    expect(io.subset.mock.calls.map(([cells]: Int32Array[]) => [...cells])).toEqual([
      [1, 3],
      [0, 4],
    ]);
    expect(state()).toMatchObject({ status: 'ready', result: verdict, modelId: 'm1' });
  });

  it('keeps the result when a last event comes after it', async () => {
    openModel('m2');
    let late: ((event: JudgeEvent) => void) | undefined;
    judge.judge.mockImplementation((_request: JudgeRequest, onEvent: (e: JudgeEvent) => void) => {
      late = onEvent;
      return Promise.resolve(verdict);
    });
    await checkModel();
    late?.({ doing: 'late', share: 0.9, verdict: { ...verdict, passed: 0 } });
    expect(state()).toMatchObject({ status: 'ready', result: verdict, doing: '' });
  });

  it('waits while cells are being made, and samples again when a slider came first', async () => {
    openModel('m3');
    patch('synthetic', { status: 'generating' });
    const running = checkModel();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(model.sample).not.toHaveBeenCalled();
    expect(state().status).toBe('waiting');
    model.sample.mockRejectedValueOnce(new StudioError('cancelled', '', ''));
    patch('synthetic', { status: 'ready' });
    await running;
    expect(model.sample).toHaveBeenCalledTimes(2);
    expect(state().status).toBe('ready');
  });

  it('can be stopped, and says when it fails', async () => {
    openModel('m4');
    judge.judge.mockImplementation(() => new Promise(() => undefined));
    void checkModel();
    await vi.waitFor(() => expect(state().status).toBe('running'), 3000);
    stopCheck();
    expect(judge.cancel).toHaveBeenCalledOnce();
    expect(state().status).toBe('stopped');
    judge.judge.mockRejectedValue(new StudioError('bad-request', 'Bad.', 'Very.'));
    await checkModel();
    expect(state().status).toBe('failed');
    expect(studio.getState().alerts[0]?.error.title).toBe('Bad.');
  });
});

describe('judgeWhenIdle', () => {
  it('judges a new model once, and forgets the verdict with the model', async () => {
    judgeWhenIdle();
    openModel('m5');
    await vi.waitFor(() => expect(state().status).toBe('ready'), 3000);
    patch('model', { status: 'training' });
    expect(state()).toMatchObject({ status: 'none', result: null, modelId: null });
    openModel('m5');
    expect(state()).toMatchObject({ status: 'ready', result: verdict });
    expect(judge.judge).toHaveBeenCalledOnce();
  });
});

describe('a check that runs', () => {
  it('leaves a core to a person who steers', async () => {
    judgeWhenIdle();
    judge.judge.mockImplementation(() => new Promise(() => undefined));
    openModel('m11');
    patch('guidance', { seed: 5 });
    expect(judge.giveWay).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(judge.judge).toHaveBeenCalled(), 4000);
    patch('guidance', { seed: 6 });
    expect(judge.giveWay).toHaveBeenCalledWith(1500);
  });
});

describe('the verdict in the model file', () => {
  const stored = (id: string): StoredVerdict => ({
    model: id,
    checkedAt: '2026-11-22T12:00:00.000Z',
    settings: {} as StoredVerdict['settings'],
    verdict: { ...verdict, passed: 6 },
  });

  it('is given to the model with its seed and settings once it is made, and told', async () => {
    const told = vi.fn();
    whenVerdictKept(told);
    openModel('m6');
    await checkModel();
    await vi.waitFor(() => expect(told).toHaveBeenCalledOnce());
    const [kept] = model.keepVerdict.mock.calls[0] as [StoredVerdict];
    expect(kept).toMatchObject({ model: 'm6', verdict });
    expect(kept.settings).toMatchObject({ seed: 1_000_003, weight: 1, mostCells: 2000 });
    const [sampled] = model.sample.mock.calls[0] as [SampleRequest];
    expect(kept.settings).toMatchObject({ seed: sampled.seed, solver: sampled.solver });
    expect(Number.isNaN(Date.parse(kept.checkedAt))).toBe(false);
    expect(state().checkedAt).toBeNull();
  });

  it('is shown when the file is opened again, without a check; a check replaces it', async () => {
    judgeWhenIdle();
    model.verdict.mockResolvedValue(stored('m7'));
    openModel('m7');
    await vi.waitFor(() => expect(state().status).toBe('ready'));
    expect(state()).toMatchObject({ modelId: 'm7', checkedAt: stored('m7').checkedAt });
    expect(state().result?.passed).toBe(6);
    expect(judge.judge).not.toHaveBeenCalled();
    await checkModel();
    expect(state()).toMatchObject({ checkedAt: null, result: verdict });
  });

  it('takes the place of a check of the same model that is still running', async () => {
    judgeWhenIdle();
    judge.judge.mockImplementation(() => new Promise(() => undefined));
    openModel('m10');
    await vi.waitFor(() => expect(state().status).toBe('running'), 3000);
    model.verdict.mockResolvedValue(stored('m10'));
    openModel('m10');
    await vi.waitFor(() => expect(state().status).toBe('ready'));
    expect(judge.cancel).toHaveBeenCalledOnce();
    expect(state()).toMatchObject({ modelId: 'm10', checkedAt: stored('m10').checkedAt });
  });

  it.each(['another model', 'tables that it lacks'])('is passed over for %s', async (why) => {
    judgeWhenIdle();
    const id = `m8 ${why}`;
    if (why === 'another model') model.verdict.mockResolvedValue(stored('m9'));
    else {
      patch('verdict', { paperCompat: true });
      model.verdict.mockResolvedValue({ ...stored(id), verdict: { ...verdict, paper: null } });
    }
    openModel(id);
    await vi.waitFor(() => expect(state().status).toBe('ready'), 3000);
    expect(judge.judge).toHaveBeenCalledOnce();
    expect(state().checkedAt).toBeNull();
  });
});
