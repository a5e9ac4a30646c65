/** @file Guidance curves: every weight once, the same cells at weight 1 for all attributes, sliders first, at most four combinations. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { csrFromDense } from '../../numerics/csr.ts';
import { curveWeights, type CurvePointRequest } from '../../protocol/curves.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo, SampleRequest } from '../../protocol/model.ts';
import { initialState, patch, studio } from '../store.ts';
import { drawCurves, presentChoice, stopCurves } from './curves.ts';

const io = vi.hoisted(() => ({ subset: vi.fn() }));
const curveMeter = vi.hoisted(() => ({ open: vi.fn(), measure: vi.fn(), end: vi.fn() }));
const model = vi.hoisted(() => ({
  cells: vi.fn(),
  genes: vi.fn(),
  sample: vi.fn(),
  decode: vi.fn(),
  gene: vi.fn(),
}));
vi.mock('../../clients/io-client.ts', () => ({ io }));
vi.mock('../../clients/judge-client.ts', () => ({ curveMeter }));
vi.mock('../../clients/model-client.ts', () => ({ model }));
vi.mock('./quiet.ts', () => ({
  whenQuiet: (isCurrent: () => boolean) =>
    isCurrent() ? Promise.resolve() : Promise.reject(new StudioError('cancelled', '', '')),
}));

const info = {
  sourceShape: [5, 8],
  id: 'm',
  attributes: [
    { name: 'type', categories: ['a', 'b', 'c'], cells: [5, 9, 2] },
    { name: 'state', categories: ['off', 'on'], cells: [8, 8] },
  ],
} as unknown as ModelInfo;

const state = () => studio.getState().verdict.curves;

beforeEach(() => {
  vi.clearAllMocks();
  studio.setState(initialState, true);
  patch('model', { status: 'ready', info });
  patch('synthetic', { sampleId: 77 });
  model.cells.mockResolvedValue({ index: Int32Array.of(0, 1), heldOut: Uint8Array.of(0, 1) });
  model.genes.mockResolvedValue({ names: ['x', 'y'], index: Int32Array.of(5, 7) });
  model.sample.mockResolvedValue({ sampleId: 9 });
  model.decode.mockResolvedValue(csrFromDense(2, 2, [1, 0, 0, 2]));
  model.gene.mockResolvedValue(new Float32Array(1));
  io.subset.mockResolvedValue(csrFromDense(1, 2, [1, 1]));
  curveMeter.open.mockImplementation(({ choices }: { choices: number[][] }) => ({
    choices: choices.map((codes) => ({
      codes,
      value: codes.join(),
      realCells: 50,
      cells: 25,
      floor: null,
      realHits: [1, 1],
    })),
  }));
  curveMeter.measure.mockImplementation(({ choice, attribute, weight }: CurvePointRequest) => ({
    choice,
    attribute,
    weight,
    hits: [1, 1],
    hitInterval: [1, 1],
    distance: null,
    distanceInterval: null,
    diversity: null,
  }));
});

describe('drawCurves', () => {
  it('makes every point once, with the weight of one attribute and 1 for the others', async () => {
    patch('guidance', { terms: { state: { value: 'on', weight: 3 } } });
    expect(presentChoice(info)).toEqual([1, 1]);
    await drawCurves();
    const requests = model.sample.mock.calls.map(([request]: SampleRequest[]) => request);
    // Weight 1 is shared: 1 + 2 · 6 samples.
    expect(requests).toHaveLength(1 + 2 * (curveWeights.length - 1));
    expect(requests.every(({ cells, seed }) => cells === 25 && seed === requests[0].seed)).toBe(true); // prettier-ignore
    expect([...(requests[0].codes?.type ?? [])]).toEqual(Array<number>(25).fill(1));
    const weights = requests.map(({ guidance }) => guidance.map(({ weight }) => weight));
    expect(weights[0]).toEqual([1, 1]);
    expect(weights.slice(1).every(([a, b]) => (a === 1) !== (b === 1))).toBe(true);
    const { curves, status } = state();
    expect(status).toBe('ready');
    expect(curves?.points).toHaveLength(2 * curveWeights.length);
    expect(curves?.attributes).toEqual(['type', 'state']);
    // The cells on the map were looked at, so that the worker keeps them.
    expect(model.gene).toHaveBeenCalledWith(77, 'x', 'counts');
    expect(curveMeter.end).toHaveBeenCalledOnce();
  });

  it('keeps four combinations, the newest last, and measures one anew in its place', async () => {
    for (const value of ['a', 'b', 'c', 'a']) {
      patch('guidance', { terms: { type: { value, weight: 1 }, state: { value: 'on', weight: 1 } } }); // prettier-ignore
      await drawCurves();
    }
    const each = 2 * curveWeights.length;
    expect(state().curves?.choices.map((own) => own.value)).toEqual(['1,1', '2,1', '0,1']);
    expect(state().curves?.points).toHaveLength(3 * each);
    for (const value of ['a', 'b']) {
      patch('guidance', { terms: { type: { value, weight: 1 }, state: { value: 'off', weight: 1 } } }); // prettier-ignore
      await drawCurves();
    }
    const { curves } = state();
    expect(curves?.choices.map((own) => own.value)).toEqual(['2,1', '0,1', '0,0', '1,0']);
    expect(curves?.points).toHaveLength(4 * each);
    expect(new Set(curves?.points.map(({ choice }) => choice))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('samples again when a slider came first, and keeps its points when it is stopped', async () => {
    model.sample.mockRejectedValueOnce(new StudioError('cancelled', '', ''));
    curveMeter.measure.mockImplementationOnce((request: CurvePointRequest) => {
      queueMicrotask(() => queueMicrotask(stopCurves));
      return { ...request, hits: [1, 1], hitInterval: [1, 1], distance: null, distanceInterval: null, diversity: null }; // prettier-ignore
    });
    await drawCurves();
    expect(model.sample.mock.calls.length).toBeGreaterThanOrEqual(2);
    expect(state().status).toBe('stopped');
    expect(curveMeter.end).toHaveBeenCalled();
    expect(studio.getState().alerts).toEqual([]);
  });

  it('says when it fails', async () => {
    curveMeter.open.mockRejectedValue(new StudioError('bad-request', 'No curves.', 'Too few.'));
    await drawCurves();
    expect(state().status).toBe('failed');
    expect(studio.getState().alerts[0]?.error.title).toBe('No curves.');
  });
});
