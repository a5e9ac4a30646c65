/** @file Time left and share over a whole training by a clock of its own: a last stage that was counted on, and one that takes longer than that. */
import { describe, expect, it } from 'vitest';
import type { TrainEvent } from '../../protocol/model.ts';
import { calibrationShare, calibrationWork } from '../calibration/calibration-progress.ts';
import { ProgressMeter, type CalibrationWork } from './progress.ts';

type Progress = Extract<TrainEvent, { type: 'progress' }>;

const EPOCHS = 8;
const STEPS = 200;
const EPOCH_MS = 1000;
const STEP_MS = 20;

/** A training of 8 epochs and 200 steps, then a calibration of so many milliseconds; every moment of it. */
function train(work: CalibrationWork | undefined, calibrationMs: number): Progress[] {
  let clock = 0;
  const seen: Progress[] = [];
  const meter = new ProgressMeter(
    (event) => event.type === 'progress' && seen.push(event),
    () => clock,
    STEPS,
    STEP_MS,
    0,
    work,
  );
  meter.enter('autoencoder');
  for (let part = 1; part <= 10 * EPOCHS; part++) {
    clock += EPOCH_MS / 10;
    meter.autoencoderStep(part / 10, EPOCHS, 10, 64);
  }
  meter.enter('encode');
  clock += 0.4 * EPOCH_MS;
  meter.enter('flow');
  for (let step = 1; step <= STEPS; step++) {
    clock += STEP_MS;
    meter.flowStep(step, 64);
  }
  if (work === undefined) return seen;
  meter.enter('calibrate');
  for (let part = 0; part <= 50; part++) {
    meter.calibrationShare(part / 50);
    clock += calibrationMs / 50;
  }
  return seen;
}

const left = (events: readonly Progress[]): number[] => events.map((event) => event.secondsLeft);

describe('time left', () => {
  // 100 of 200 steps and half an epoch: 2.5 seconds.
  const work = { flowSteps: 100, epochs: 0.5 };

  it('counts on the calibration from the first epoch on', () => {
    const events = train(work, 2500);
    const flow = STEPS * STEP_MS;
    expect(events[0].secondsLeft).toBeCloseTo((7.9 * EPOCH_MS + 400 + flow + 2500) / 1000, 6);
    const last = events.filter(({ stage }) => stage === 'flow').at(-1);
    expect(last?.at).toBe(STEPS);
    expect(last?.secondsLeft).toBeCloseTo(2.5, 6);
    expect(last?.overall).toBeLessThan(0.9);
  });

  it.each([
    ['as long as was counted on', 2500],
    ['twice as long', 5000],
    ['half as long', 1250],
  ])('falls all the way, without a jump, where calibration takes %s', (_, calibrationMs) => {
    const events = train(work, calibrationMs);
    const seconds = left(events);
    // Between two reports it may stand still or slow down, but neither rise nor drop by more than what passed and a tenth of a second.
    seconds.slice(1).forEach((now, i) => {
      const before = seconds[i];
      expect(now, `report ${i}`).toBeLessThan(before + 0.1);
      expect(now, `report ${i}`).toBeGreaterThan(before - 0.6);
    });
    expect(seconds.at(-1)).toBe(0);
    const shares = events.map(({ overall }) => overall);
    shares.slice(1).forEach((share, i) => expect(share).toBeGreaterThanOrEqual(shares[i]));
    expect(shares.at(-1)).toBe(1);
    expect(events.at(-1)).toMatchObject({ stage: 'calibrate', at: 100, of: 100 });
  });

  it('ends with the flow where nothing is calibrated', () => {
    const events = train(undefined, 0);
    expect(events.at(-1)).toMatchObject({ stage: 'flow', secondsLeft: 0, overall: 1 });
  });
});

describe('a calibration', () => {
  it.each([false, true])('goes through its parts from 0 to 1, zeros compared: %s', (compares) => {
    const before = ['observe', 'generate', 'decode', 'fit'] as const;
    const parts = compares ? ([...before, 'zeros'] as const) : before;
    const share = (part: (typeof parts)[number], done: number, of: number): number =>
      calibrationShare(part, done, of, compares);
    const shares = parts.flatMap((part) => [0, 1, 2].map((done) => share(part, done, 2)));
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBe(1);
    shares.slice(1).forEach((own, i) => expect(own).toBeGreaterThanOrEqual(shares[i]));
    expect(share(parts[parts.length - 1], 0, 0)).toBe(1);
    expect(share('decode', 9, 2)).toBe(share('decode', 2, 2));
  });

  it('takes two forward passes a step of the solver, and one of the decoder', () => {
    // 3,000 cells, 5 steps: 30,000 passes of the flow, 10,000 steps’ worth, in batches of 100.
    const own = { cells: 3000, steps: 5 };
    expect(calibrationWork(own, 100, 500, false)).toEqual({ flowSteps: 100, epochs: 2 });
    // Zeros take as long again.
    expect(calibrationWork(own, 100, 500, true)).toEqual({ flowSteps: 200, epochs: 4 });
  });
});
