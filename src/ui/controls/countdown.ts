/** @file Time that is left, as a person says it: whole seconds, never zero. */
import { formatDuration } from '../../state/format.ts';

/** "8 s", "48 s", "2 min 40 s"; rounded up, so that it never promises too little. */
export function countdown(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole < 10 ? `${whole}\u2009s` : formatDuration(whole);
}
