/** @file Turns steps into honest progress: measured speeds, time left, a share that never falls. */
import type { TrainEvent, TrainStage } from '../../protocol/model.ts';

const REPORT_MS = 100;
const SPEED_WINDOW_MS = 3000;

/** Milliseconds spent on stages before any was measured. */
const ENCODE_SHARE_OF_EPOCH = 0.4;

/** What calibration will take, in steps of the flow and epochs of the autoencoder, which are measured before it begins. */
export interface CalibrationWork {
  readonly flowSteps: number;
  readonly epochs: number;
}

interface Mark {
  readonly time: number;
  readonly at: number;
}

/** A clock in milliseconds that stands still during pauses. */
export function workingClock(control: { readonly pausedMilliseconds: number }): () => number {
  const before = control.pausedMilliseconds;
  return () => performance.now() - (control.pausedMilliseconds - before);
}

/** Watches one training run. `now` is in milliseconds and stands still during pauses. */
export class ProgressMeter {
  readonly #emit: (event: TrainEvent) => void;
  readonly #now: () => number;
  readonly #flowSteps: number;
  #flowStepMs: number;
  #epochMs = 0;
  readonly #calibration: CalibrationWork;
  readonly #start: number;
  readonly #seconds: Partial<Record<TrainStage, number>> = {};
  #stage: TrainStage = 'prepare';
  #stageStart: number;
  #marks: Mark[] = [];
  #lastReport = -Infinity;
  #overall = 0;

  /** @param flowStepMs what one flow step takes, measured in a trial @param calibration left out: there is none */
  constructor(
    emit: (event: TrainEvent) => void,
    now: () => number,
    flowSteps: number,
    flowStepMs: number,
    start: number,
    calibration: CalibrationWork = { flowSteps: 0, epochs: 0 },
  ) {
    this.#emit = emit;
    this.#now = now;
    this.#flowSteps = flowSteps;
    this.#flowStepMs = flowStepMs;
    this.#start = start;
    this.#calibration = calibration;
    this.#stageStart = start;
  }

  /** Seconds spent so far. */
  get seconds(): number {
    return (this.#now() - this.#start) / 1000;
  }

  /** Enters a stage and says so. */
  enter(stage: TrainStage): void {
    const now = this.#now();
    this.#seconds[this.#stage] = (now - this.#stageStart) / 1000;
    this.#stage = stage;
    this.#stageStart = now;
    this.#marks = [];
    this.#emit({ type: 'stage', stage, seconds: { ...this.#seconds } });
  }

  /** After an autoencoder step. @param epoch epochs done, with fraction @param expected epochs it will take */
  autoencoderStep(epoch: number, expected: number, stepsPerEpoch: number, batch: number): void {
    const perSecond = this.#speed(epoch);
    if (!this.#due()) return;
    const epochMs = perSecond > 0 ? 1000 / perSecond : 0;
    this.#epochMs = epochMs;
    const left = Math.max(0, expected - epoch) + ENCODE_SHARE_OF_EPOCH;
    const leftMs = left * epochMs + this.#flowSteps * this.#flowStepMs + this.#calibrationMs();
    this.#report(Math.ceil(epoch), expected, leftMs, perSecond * stepsPerEpoch, batch);
  }

  /** After a flow step. */
  flowStep(step: number, batch: number): void {
    const perSecond = this.#speed(step);
    const last = step === this.#flowSteps;
    if (!this.#due() && !last) return;
    if (perSecond > 0) this.#flowStepMs = 1000 / perSecond;
    const leftMs = (this.#flowSteps - step) * this.#flowStepMs + this.#calibrationMs();
    this.#report(step, this.#flowSteps, leftMs, perSecond, batch);
  }

  /** While the decoder is calibrated. The guess of what that takes gives way to what it took so far. @param share done, 0–1 */
  calibrationShare(share: number): void {
    if (!this.#due() && share < 1) return;
    const spent = this.#now() - this.#stageStart;
    const leftMs = (1 - share) * ((1 - share) * this.#calibrationMs() + spent);
    this.#report(Math.round(100 * share), 100, leftMs, 0, 0);
  }

  #calibrationMs(): number {
    const { flowSteps, epochs } = this.#calibration;
    return flowSteps * this.#flowStepMs + epochs * this.#epochMs;
  }

  #due(): boolean {
    return this.#now() - this.#lastReport >= REPORT_MS;
  }

  #report(at: number, of: number, leftMs: number, stepsPerSecond: number, batch: number): void {
    const now = this.#now();
    this.#lastReport = now;
    const spent = now - this.#start;
    this.#overall = Math.max(this.#overall, Math.min(1, spent / (spent + leftMs)));
    this.#emit({
      type: 'progress',
      stage: this.#stage,
      overall: this.#overall,
      at,
      of,
      cellsPerSecond: stepsPerSecond * batch,
      stepsPerSecond,
      secondsLeft: leftMs / 1000,
    });
  }

  /** Units a second over the last few seconds. */
  #speed(at: number): number {
    const now = this.#now();
    if (this.#marks.length === 0) this.#marks.push({ time: this.#stageStart, at: 0 });
    this.#marks.push({ time: now, at });
    while (this.#marks.length > 2 && now - this.#marks[1].time > SPEED_WINDOW_MS) {
      this.#marks.shift();
    }
    const first = this.#marks[0];
    return now > first.time ? ((at - first.at) * 1000) / (now - first.time) : 0;
  }
}
