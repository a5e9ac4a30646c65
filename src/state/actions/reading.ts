/** @file The status line while a file is opened or read. */
import type { IoEvent } from '../../protocol/api.ts';
import { patch } from '../store.ts';
import { say } from './alerts.ts';

/**
 * Tells of the reading of a file named `name` while `work` runs, and returns what it gives. Events and the result come over different
 * ports: an event that is later than the result is left out, or the status line would stay at it.
 */
export async function whileReading<T>(
  name: string,
  work: (onEvent: (event: IoEvent) => void) => Promise<T>,
): Promise<T> {
  let over = false;
  try {
    return await work(({ doing, share }) => {
      if (over) return;
      patch('data', { doing, share });
      say(`${doing}: ${name}.`, true);
    });
  } finally {
    over = true;
  }
}
