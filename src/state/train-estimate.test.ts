/** @file Time and memory told before a training, and what is proposed for the minutes granted. */
import { describe, expect, it } from 'vitest';
import type { DeviceReport } from '../protocol/model.ts';
import {
  aboutDuration,
  cfgenBytes,
  estimateSeconds,
  fitsGenes,
  MANY_CELLS,
  proposeTraining,
  scdfmBytes,
  scdfmSeconds,
  scdfmText,
  scldmCost,
  scldmStepSeconds,
  scldmText,
  stepsWithin,
} from './train-estimate.ts';

const cpu: DeviceReport = { kind: 'wasm', threads: 1, name: '', whyNoGpu: null, gflops: 60 };
const kang = { cells: 1422, genes: 3265, expressed: 300 };
const genome = { cells: 2000, genes: 17_000, expressed: 2000 };

describe('the cost of a training', () => {
  it('is near what was measured on one thread of 60 GFLOP/s', () => {
    // Medians of steps on made-up counts of these sizes: 0.125 s, and 0.67 s of the whole-genome size.
    const small = scldmStepSeconds(cpu, 'S', kang).autoencoder;
    expect(small).toBeGreaterThan(0.125 / 1.4);
    expect(small).toBeLessThan(0.125 * 1.4);
    const large = scldmStepSeconds(cpu, 'G', genome).autoencoder;
    expect(large).toBeGreaterThan(0.67 / 1.4);
    expect(large).toBeLessThan(0.67 * 1.4);
  });

  it('is that of the original where the recipe is faithful: all genes, twice the cells, four times the tokens', () => {
    // Processor time of one thread: 188 cells/s of the autoencoder on 2,000 genes, all of them learnt from, 600 expressed, tokens made at once; 3.9 steps/s of the flow in 17 tokens.
    const load = { cells: 2000, genes: 2000, expressed: 600 };
    const step = scldmStepSeconds(cpu, 'S', load, 'faithful');
    expect(step.flow).toBeGreaterThan(1 / 3.9 / 1.4);
    expect(step.flow).toBeLessThan(1.4 / 3.9);
    expect(step.autoencoder).toBeGreaterThan(128 / 188 / 1.4);
    expect(step.autoencoder).toBeLessThan((1.6 * 128) / 188);
    const [ours, theirs] = (['recommended', 'faithful'] as const).map((recipe) => scldmCost(cpu, 'S', load, recipe)); // prettier-ignore
    expect(theirs.seconds).toBeGreaterThan(3 * ours.seconds);
    expect(theirs.bytes).toBeGreaterThan(ours.bytes);
    const minutes = theirs.seconds / 60;
    expect(stepsWithin(cpu, 'S', load, minutes / 2, 'faithful').share).toBeCloseTo(0.5, 9);
  });

  it('falls with the measured speed', () => {
    const fast = { ...cpu, gflops: 120 };
    const load = kang;
    const share = scldmCost(fast, 'S', load).seconds / scldmCost(cpu, 'S', load).seconds;
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.55);
    expect(estimateSeconds(fast, 1000, 3000, 4000)).toBeCloseTo(
      estimateSeconds(cpu, 1000, 3000, 4000) / 2,
      9,
    );
  });

  it('grows with size, genes and cells, in time and in memory', () => {
    const [s, m] = (['S', 'M'] as const).map((size) => scldmCost(cpu, size, kang));
    expect(m.seconds).toBeGreaterThan(2 * s.seconds);
    expect(m.bytes).toBeGreaterThan(s.bytes);
    expect(scldmCost(cpu, 'S', { ...kang, cells: 50_000 }).bytes).toBeGreaterThan(s.bytes + 200e6);
    expect(cfgenBytes(genome)).toBeGreaterThan(cfgenBytes(kang));
  });
});

describe('the proposal', () => {
  it('is the largest size that the minutes train in full, else the small one', () => {
    const [many, genomes] = [kang, genome].map((load) => ({ ...load, cells: MANY_CELLS }));
    const enough = scldmCost(cpu, 'M', many).seconds / 60;
    expect(proposeTraining(cpu, many, enough + 1)).toMatchObject({ size: 'M', share: 1 });
    expect(proposeTraining(cpu, many, enough - 1).size).toBe('S');
    expect(proposeTraining(cpu, genomes, 10_000).size).toBe('G');
  });

  it('is the small one for few cells, however long it may take', () => {
    expect(proposeTraining(cpu, kang, 10_000)).toMatchObject({ size: 'S', share: 1 });
    expect(proposeTraining(cpu, genome, 10_000).size).toBe('S');
  });

  it('names the steps that fit', () => {
    const { seconds } = scldmCost(cpu, 'S', kang);
    const half = stepsWithin(cpu, 'S', kang, seconds / 120);
    expect(half.share).toBeCloseTo(0.5, 9);
    const full = stepsWithin(cpu, 'S', kang, 100_000);
    expect(half.steps).toBe(Math.floor(full.steps * half.share));
    expect(full.share).toBe(1);
  });

  it('knows which sizes are for how many genes', () => {
    expect(['S', 'M', 'G'].map((size) => fitsGenes(size as 'S', 3000))).toEqual([
      true,
      true,
      false,
    ]);
    expect(['S', 'M', 'G'].map((size) => fitsGenes(size as 'S', 9000))).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('what the foot says of scLDM', () => {
  const open = { recipe: 'recommended', minutes: 600, maxEpochs: null, flowSteps: null } as const;
  const say = (change: object): string => scldmText(cpu, 'S', kang, { ...open, ...change });
  const secondsOf = (autoencoder: number, flow: number): string => {
    const step = scldmStepSeconds(cpu, 'S', kang);
    return aboutDuration(1.15 * (autoencoder * step.autoencoder + flow * step.flow));
  };

  it('is the time of the full training, or the share that the minutes allow', () => {
    expect(say({})).toBe(`${secondsOf(2400, 2000)} on 1 CPU thread`);
    expect(say({ minutes: 1 })).toMatch(/^1 min: \d+\s% of a full training$/);
  });

  it('follows epochs and steps that are set, whatever the minutes', () => {
    // 1,422 cells are 22 batches of 64.
    const both = { maxEpochs: 10, flowSteps: 300 };
    expect(say(both)).toBe(`${secondsOf(220, 300)} on 1 CPU thread`);
    expect(say({ ...both, minutes: 1 })).toBe(say(both));
    expect(say({ maxEpochs: 10 })).toBe(`${secondsOf(220, 2000)} on 1 CPU thread`);
    expect(say({ flowSteps: 300 })).toBe(`${secondsOf(2400, 300)} on 1 CPU thread`);
  });

  it('shortens what is left open when the minutes are few', () => {
    const step = scldmStepSeconds(cpu, 'S', kang);
    const all = 1.15 * (220 * step.autoencoder + 2000 * step.flow);
    const minutes = all / 120;
    expect(say({ maxEpochs: 10, minutes })).toBe(`${secondsOf(220, 1000)} on 1 CPU thread`);
  });
});

describe('scDFM', () => {
  it('tells its time on the CPU by the measured speed, and on a GPU that nobody measured it', () => {
    const two: DeviceReport = { ...cpu, kind: 'wasm-threads', threads: 2, gflops: 110 };
    const fast = scdfmSeconds(two, 'fast', 1000, 2) ?? NaN;
    expect(scdfmSeconds({ ...two, gflops: 55 }, 'fast', 1000, 2)).toBeCloseTo(2 * fast, 9);
    expect(scdfmSeconds(two, 'pad-lite', 1000, 2)).toBeGreaterThan(20 * fast);
    expect(scdfmSeconds({ ...two, kind: 'webgpu' }, 'fast', null, 2)).toBeNull();
    expect(scdfmText({ ...two, kind: 'webgpu' }, 'fast', null, 2)).toMatch(/not measured/);
    expect(scdfmText(two, 'fast', 1000, 2)).toMatch(/^About .* on 2 CPU threads$/);
    expect(scdfmBytes('pad-lite', kang)).toBeGreaterThan(scdfmBytes('fast', kang));
  });
});
