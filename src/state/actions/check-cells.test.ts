/** @file The check of the cells on the map: against real cells with the same values, again when they change, and never without enough. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { csrFromDense } from '../../numerics/csr.ts';
import type { JudgeRequest, Verdict } from '../../protocol/judge.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { keepArray } from '../array-registry.ts';
import { initialState, patch, studio } from '../store.ts';
import { checkCells, followCells, showVerdictOn, stopCellCheck } from './check-cells.ts';

const io = vi.hoisted(() => ({ subset: vi.fn() }));
const judge = vi.hoisted(() => ({ judge: vi.fn(), cancel: vi.fn() }));
const model = vi.hoisted(() => ({ cells: vi.fn(), genes: vi.fn(), decode: vi.fn() }));
vi.mock('../../clients/io-client.ts', () => ({ io }));
vi.mock('../../clients/judge-client.ts', () => ({ judge }));
vi.mock('../../clients/model-client.ts', () => ({ model }));

const CELLS = 40;
const verdict = { key: 'k', checks: [{}] } as unknown as Verdict;
const state = () => studio.getState().verdict.cells;

/** A file of 40 cells, half of them type b; every second cell of each type was held out. */
function openStudio(id: string, made: number[]): void {
  const types = Int32Array.from({ length: CELLS }, (_, i) => (i < CELLS / 2 ? 0 : 1));
  const attributes = [{ name: 'type', categories: ['b', 'a'] }];
  const info = { id, stoppedEarly: false, sourceShape: [5, 8], attributes };
  patch('data', {
    status: 'ready',
    mapProgress: null,
    summary: { obs: [{ name: 'type', categories: ['a', 'b'] }] } as never,
    columns: { type: keepArray(types) },
  });
  patch('model', { status: 'ready', info: info as unknown as ModelInfo });
  patch('synthetic', {
    status: 'ready',
    sampleId: 3,
    cells: made.length,
    asked: { type: keepArray(Int32Array.from(made)) },
  });
  patch('verdict', { status: 'ready' });
}

beforeEach(() => {
  vi.clearAllMocks();
  studio.setState(initialState, true);
  model.cells.mockResolvedValue({
    index: Int32Array.from({ length: CELLS }, (_, i) => i),
    heldOut: Uint8Array.from({ length: CELLS }, (_, i) => i % 2),
  });
  model.genes.mockResolvedValue({ names: ['x', 'y'], index: Int32Array.of(5, 7) });
  model.decode.mockResolvedValue(csrFromDense(12, 2, new Float32Array(24).fill(1)));
  io.subset.mockImplementation((cells: Int32Array) =>
    Promise.resolve(csrFromDense(cells.length, 2, new Float32Array(cells.length * 2).fill(1))),
  );
  judge.judge.mockResolvedValue(verdict);
});

describe('checkCells', () => {
  it('takes held-out cells with the chosen value, all training cells, and the codes that were asked', async () => {
    openStudio('c1', Array<number>(12).fill(1));
    patch('guidance', { terms: { type: { value: 'b', weight: 2 } } });
    await checkCells();
    const [request] = judge.judge.mock.calls[0] as [JudgeRequest];
    expect(request.heldOut.rows).toBe(10);
    expect(request.training.rows).toBe(20);
    // The model calls b 0; all held-out cells are b, half of the training cells are.
    const [type] = request.attributes;
    expect([...type.heldOut]).toEqual(Array<number>(10).fill(0));
    expect([...type.synthetic]).toEqual(Array<number>(12).fill(0));
    expect(type.training.filter((code) => code === 0)).toHaveLength(10);
    expect(state()).toMatchObject({ status: 'ready', result: verdict, about: 'b' });
    // Unchanged cells are not judged twice, nor are those whose settings come back.
    await checkCells();
    expect(judge.judge).toHaveBeenCalledOnce();
    judge.judge.mockResolvedValue({ ...verdict, key: 'other' });
    patch('guidance', { seed: 12 });
    await checkCells();
    expect(judge.judge).toHaveBeenCalledTimes(2);
    expect(state().result?.key).toBe('other');
    patch('guidance', { seed: initialState.guidance.seed });
    await checkCells();
    expect(judge.judge).toHaveBeenCalledTimes(2);
    expect(state().result?.key).toBe('k');
  });

  it('takes every held-out cell when the attribute is ignored', async () => {
    openStudio('c2', Array<number>(12).fill(-1));
    patch('guidance', { terms: { type: { value: 'b', weight: 0 } } });
    await checkCells();
    const [request] = judge.judge.mock.calls[0] as [JudgeRequest];
    expect(request.heldOut.rows).toBe(20);
    expect([...request.attributes[0].synthetic]).toEqual(Array<number>(12).fill(-1));
    expect(state().about).toBe('all values, as in the data');
  });

  it('says why cells cannot be checked', async () => {
    openStudio('c3', Array<number>(12).fill(1));
    patch('synthetic', { extrapolated: true });
    await checkCells();
    expect(state().why).toContain('No real cell has these values');
    patch('synthetic', { extrapolated: false, cells: 4 });
    await checkCells();
    expect(state().why).toContain('Only 4 synthetic cells');
    expect(judge.judge).not.toHaveBeenCalled();
  });

  it('waits for the check of the model, and can be stopped', async () => {
    openStudio('c4', Array<number>(12).fill(1));
    patch('verdict', { status: 'running' });
    const running = checkCells();
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(state().status).toBe('waiting');
    stopCellCheck();
    expect(state().status).toBe('stopped');
    await running;
    expect(judge.judge).not.toHaveBeenCalled();
  });
});

describe('followCells', () => {
  it('checks again when the cells on the map change while they are looked at', async () => {
    openStudio('c5', Array<number>(12).fill(1));
    followCells();
    patch('view', { drawer: 'verdict' });
    showVerdictOn('cells');
    await vi.waitFor(() => expect(judge.judge).toHaveBeenCalledOnce(), 4000);
    patch('guidance', { seed: 99 });
    patch('synthetic', { sampleId: 4 });
    await vi.waitFor(() => expect(judge.judge).toHaveBeenCalledTimes(2), 4000);
    showVerdictOn('model');
    patch('guidance', { seed: 100 });
    patch('synthetic', { sampleId: 5 });
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(judge.judge).toHaveBeenCalledTimes(2);
  });
});
