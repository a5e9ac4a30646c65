/** @file Progress over the stages of one use of a model, with the time left. */
import type { ApplyEvent } from '../protocol/apply.ts';

const EVENT_MS = 80;
/** The estimate begins here. */
const LEAST_SHARE = 0.03;

/** Weighs stages by about how long they take, and estimates from the time so far. */
export class UseProgress<Stage extends string> {
  readonly #start = performance.now();
  readonly #stages: readonly (readonly [Stage, number])[];
  readonly #total: number;
  readonly #onEvent: (event: ApplyEvent) => void;
  #last = -Infinity;
  #doing = '';

  constructor(onEvent: (event: ApplyEvent) => void, weights: Readonly<Record<Stage, number>>) {
    this.#stages = Object.entries(weights) as [Stage, number][];
    this.#total = this.#stages.reduce((sum, [, weight]) => sum + weight, 0);
    this.#onEvent = onEvent;
  }

  /** Seconds since the use began. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Tells how far a stage is, 0–1; at most about twelve times a second. */
  tell(stage: Stage, doing: string, within: number): void {
    const now = performance.now();
    if (doing === this.#doing && now - this.#last < EVENT_MS) return;
    this.#last = now;
    this.#doing = doing;
    let before = 0;
    for (const [name, weight] of this.#stages) {
      if (name === stage) {
        before += weight * Math.min(1, within);
        break;
      }
      before += weight;
    }
    const share = this.#total > 0 ? before / this.#total : 0;
    const left = share >= LEAST_SHARE ? (this.seconds * (1 - share)) / share : null;
    this.#onEvent({ doing, share, secondsLeft: left });
  }
}
