/** @file Alerts and the status line: how actions speak to a person. */
import { StudioError } from '../../protocol/errors.ts';
import { get, patchRoot } from '../store.ts';
import type { AlertState } from '../types.ts';

type Answer = () => void | Promise<void>;

/** An offer inside an alert. */
export interface AlertOffer {
  readonly id: string;
  readonly label: string;
  readonly run: Answer;
}

let nextAlert = 1;
const answers = new Map<string, Answer>();

/** Sets the status line; `busy` while something runs. */
export function say(statusText: string, busy = false): void {
  patchRoot({ statusText, busy });
}

/** Shows an error as an alert (never a cancelled call) and returns it. The same code replaces its earlier alert. */
export function showError(
  thrown: unknown,
  unchanged: string | null = null,
  offers: readonly AlertOffer[] = [],
): StudioError {
  const error = StudioError.from(thrown);
  if (error.code === 'cancelled') return error;
  const id = nextAlert;
  nextAlert += 1;
  for (const offer of offers) answers.set(`${id}/${offer.id}`, offer.run);
  const alert: AlertState = {
    id,
    error: error.toRecord(),
    unchanged,
    actions: offers.map(({ id: offerId, label }) => ({ id: offerId, label })),
  };
  patchRoot({
    alerts: [...get().alerts.filter((other) => other.error.code !== error.code), alert],
  });
  return error;
}

/** Closes an alert. */
export function dismissAlert(id: number): void {
  for (const key of answers.keys()) if (key.startsWith(`${id}/`)) answers.delete(key);
  patchRoot({ alerts: get().alerts.filter((alert) => alert.id !== id) });
}

/** Runs an alert's offer and closes the alert. */
export function answerAlert(id: number, actionId: string): void {
  const run = answers.get(`${id}/${actionId}`);
  dismissAlert(id);
  void run?.();
}

/** Closes every alert, e.g. when a new file opens well. */
export function clearAlerts(): void {
  for (const { id } of get().alerts) dismissAlert(id);
}
