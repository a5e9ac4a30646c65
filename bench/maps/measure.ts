/** @file How the map's benches measure and print: time by the clock and processor time, median and 95th percentile, one JSON line a figure. */
import { loadavg } from 'node:os';

/** Milliseconds by the clock and of the processor; a busy machine changes the second less. */
export interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

/** What a piece of work took, and what it gave. */
export async function spend<R>(
  work: () => R | Promise<R>,
): Promise<Spent & { readonly result: R }> {
  const processor = process.cpuUsage();
  const started = performance.now();
  const result = await work();
  const { user, system } = process.cpuUsage(processor);
  return { wall: performance.now() - started, cpu: (user + system) / 1000, result };
}

/** Median and 95th percentile of several runs, after one that does not count. */
export async function typical(work: () => unknown, runs = 21): Promise<object> {
  await work();
  const spent: Spent[] = [];
  for (let run = 0; run < runs; run++) spent.push(await spend(work));
  return { wall: share(spent, 'wall', 0.5), wallP95: share(spent, 'wall', 0.95), cpu: share(spent, 'cpu', 0.5), cpuP95: share(spent, 'cpu', 0.95) }; // prettier-ignore
}

/** A quantile of one of the two times. */
export function share(spent: readonly Spent[], of: keyof Spent, quantile: number): number {
  const sorted = spent.map((one) => one[of]).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))];
}

/** One figure as a JSON line, numbers to four digits, with the machine's load. */
export function print(name: string, facts: object): void {
  const rounded = Object.entries(facts).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'number' ? Number(value.toPrecision(4)) : value,
  ]);
  const load = Number(loadavg()[0].toFixed(1));
  console.log(JSON.stringify({ name, ...(Object.fromEntries(rounded) as object), load }));
}
