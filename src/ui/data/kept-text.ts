/** @file Which cells stay, in a sentence. */
import { formatNumber } from '../../state/format.ts';

/** One sentence of which cells stay, e.g. "52 cells lie outside the limits." */
export function keptText(kept: number, of: number, outside: number): string {
  const out = (n: number): string => `${formatNumber(n)} ${n === 1 ? 'cell' : 'cells'}`;
  const other = of - kept - outside;
  const parts = [
    outside > 0 ? `${out(outside)} ${outside === 1 ? 'lies' : 'lie'} outside the limits` : '',
    other > 0 ? `${out(other)} left out or without a value` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'All cells are kept.' : `${parts.join('; ')}.`;
}
