/** @file Progress on standard error: one line that is rewritten on a terminal, rare lines elsewhere. */
import type { TrainEvent, TransportEvent } from '../src/protocol/model.ts';

const QUIET_MS = 10_000;

const STAGES = {
  prepare: 'Preparing',
  autoencoder: 'Autoencoder',
  encode: 'Encoding',
  flow: 'Flow',
  calibrate: 'Calibrating',
} as const;

/** Prints training events. */
export class ProgressLine {
  #last = 0;
  #loss = '';

  show(event: TrainEvent): void {
    if (event.type === 'loss') {
      const held = event.heldOut === null ? '' : `, held-out ${event.heldOut.toPrecision(5)}`;
      this.#loss = `loss ${event.train.toPrecision(5)}${held}`;
    } else if (event.type === 'setback') {
      this.#line(`Went back from ${event.at} to ${event.backTo} with half the learning rate.`);
    } else if (event.type === 'progress') {
      this.#progress(event);
    }
  }

  /** Ends the line. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\n');
  }

  #progress(event: Extract<TrainEvent, { type: 'progress' }>): void {
    const now = performance.now();
    if (!process.stderr.isTTY && now - this.#last < QUIET_MS) return;
    this.#last = now;
    const percent = `${Math.round(event.overall * 100)} %`;
    const left = `${Math.round(event.secondsLeft)} s left`;
    const stage = STAGES[event.stage];
    // Calibration counts nothing that a person knows, and has no loss.
    const middle =
      event.stage === 'calibrate'
        ? [stage]
        : [`${stage} ${event.at} of ${event.of}`, this.#loss, `${Math.round(event.cellsPerSecond)} cells/s`]; // prettier-ignore
    this.#line([percent, ...middle, left].filter((part) => part !== '').join(' · '));
  }

  #line(text: string): void {
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  }
}

/** Prints how far cells are carried, on a terminal alone. */
export function showTransport({ share, secondsLeft }: TransportEvent): void {
  if (!process.stderr.isTTY) return;
  const left = secondsLeft === null ? '' : ` · ${Math.ceil(secondsLeft)} s left`;
  process.stderr.write(`\r\x1b[KCarrying cells · ${Math.round(share * 100)} %${left}`);
}

/** Ends the line that `showTransport` wrote. */
export function endTransport(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
