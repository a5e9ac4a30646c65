/** @file Turns steps into honest progress: measured speeds, time left, a share that never falls. */
import type { TrainEvent, TrainStage } from '../../protocol/model.ts';

const REPORT_MS = 100;
const SPEED_WINDOW_MS = 3000;

/** Milliseconds spent on stages before any was measured. */
const ENCODE_SHARE_OF_EPOCH = 0.4;

interface Mark {
  readonly time: number;
  readonly at: number;
}

/** Watches one training run. `now` is in milliseconds and stands still during pauses. */
export class ProgressMeter {
  readonly #emit: (event: TrainEvent) => void;
  readonly #now: () => number;
  readonly #flowSteps: number;
  readonly #flowStepMs: number;
  readonly #start: number;
  readonly #seconds: Partial<Record<TrainStage, number>> = {};
  #stage: TrainStage = 'prepare';
  #stageStart: number;
  #marks: Mark[] = [];
  #lastReport = -Infinity;
  #overall = 0;

  /** @param flowStepMs what one flow step takes, measured in a trial */
  constructor(
    emit: (event: TrainEvent) => void,
    now: () => number,
    flowSteps: number,
    flowStepMs: number,
    start: number,
  ) {
    this.#emit = emit;
    this.#now = now;
    this.#flowSteps = flowSteps;
    this.#flowStepMs = flowStepMs;
    this.#start = start;
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
    const left = Math.max(0, expected - epoch) + ENCODE_SHARE_OF_EPOCH;
    const leftMs = left * epochMs + this.#flowSteps * this.#flowStepMs;
    this.#report(Math.ceil(epoch), expected, leftMs, perSecond * stepsPerEpoch, batch);
  }

  /** After a flow step. */
  flowStep(step: number, batch: number): void {
    const perSecond = this.#speed(step);
    const last = step === this.#flowSteps;
    if (!this.#due() && !last) return;
    const leftMs = perSecond > 0 ? ((this.#flowSteps - step) * 1000) / perSecond : 0;
    this.#report(step, this.#flowSteps, leftMs, perSecond, batch);
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
