/** @file Test helper: the command line called in this process, with what it wrote. */
import { vi } from 'vitest';
import { main } from '../main.ts';

/** How a command ended. */
export interface Call {
  readonly code: number;
  /** Standard output and standard error. */
  readonly out: string;
  readonly err: string;
  /** The report in `out`, where it is one of `--json`; else empty. */
  readonly report: Record<string, unknown>;
}

/** Runs a command. Nothing it writes reaches the terminal. */
export async function call(...args: readonly string[]): Promise<Call> {
  const written = { out: '', err: '' };
  const listen =
    (to: keyof typeof written) =>
    (text: unknown): boolean => {
      written[to] += String(text);
      return true;
    };
  const heard = [
    vi.spyOn(process.stdout, 'write').mockImplementation(listen('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(listen('err')),
  ];
  const code = await main(args).finally(() => heard.forEach((spy) => spy.mockRestore()));
  const { out } = written;
  const report = out.startsWith('{') ? (JSON.parse(out) as Record<string, unknown>) : {};
  return { code, ...written, report };
}

/** The same with the report as `out`. */
export function callJson(...args: readonly string[]): Promise<Call> {
  return call(...args, '--json');
}
