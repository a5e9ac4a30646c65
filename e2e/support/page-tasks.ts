/** @file Whether the page's own thread stays free: Chromium's trace of its tasks, by the processor's time and by the clock. */
import { expect, type Browser, type Page } from '@playwright/test';

/** Tasks of the page's thread, longest first, in milliseconds. */
export interface PageTasks {
  /** Time that the processor worked on a task: the page's own doing, whatever else the machine does. */
  readonly processor: readonly number[];
  /** Time by the clock, with what the machine took away in the middle of a task. */
  readonly clock: readonly number[];
}

/** An event of Chromium's trace: `dur` by the clock and `tdur` of the processor in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** The longest task that a free page may have, in milliseconds of the processor. */
const LONGEST = 100;

/** Begins to watch; the function that comes back ends it and gives the tasks. Error: the page has no browser of its own. */
export async function watchPageTasks(page: Page): Promise<() => Promise<PageTasks>> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('The page has no browser to trace.');
  await browser.startTracing(page, { categories: ['toplevel'] });
  return () => readTasks(browser);
}

async function readTasks(browser: Browser): Promise<PageTasks> {
  const trace = JSON.parse((await browser.stopTracing()).toString('utf8')) as {
    traceEvents: TraceEvent[];
  };
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
  const pages = new Set(
    trace.traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(threadOf),
  );
  const tasks = trace.traceEvents.filter(
    (event) => event.name.endsWith('RunTask') && pages.has(threadOf(event)),
  );
  // A trace without tasks, or without processor times, would pass for a free page.
  expect(tasks.length, 'tasks in the trace of the page').toBeGreaterThan(10);
  expect(
    tasks.some(({ tdur }) => tdur !== undefined && tdur > 0),
    'processor times in the trace',
  ).toBe(true);
  const longestFirst = (times: number[]): number[] =>
    times.map((time) => Math.round(time / 1000)).sort((a, b) => b - a);
  return {
    processor: longestFirst(tasks.map(({ tdur = 0 }) => tdur)),
    clock: longestFirst(tasks.map(({ dur = 0 }) => dur)),
  };
}

/** The longest tasks in words, for the log. */
export function tasksInWords({ processor, clock }: PageTasks): string {
  return `longest tasks of the page ${processor.slice(0, 3).join(', ')} ms of the processor, ${clock.slice(0, 3).join(', ')} ms by the clock`;
}

/** Expects a page that stays free: no task that takes the processor for more than 100 ms. */
export function expectFree({ processor }: PageTasks): void {
  expect(processor[0] ?? 0, 'longest task of the page in processor ms').toBeLessThanOrEqual(
    LONGEST,
  );
}
