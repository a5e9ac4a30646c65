/** @file Test helper: runs damaged files in child processes, and starts a new one when a child ends, hangs or crashes. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** One damaged file and what became of it. */
export interface FuzzCase {
  readonly number: number;
  readonly name: string;
  readonly how: string;
  readonly outcome: string;
  readonly ms: number;
  /** Megabytes that the process held. */
  readonly rss: number;
}

/** A single file may take this long. */
const slowest = 8_000;
/** A child needs this long to start and to make the whole files. */
const starting = 30_000;
const child = join(import.meta.dirname, 'fuzz-child.ts');

/**
 * Runs the cases `from … to − 1`. A hang or a crash is an outcome too: HDF5 itself loops for ever over some damaged headers (h5py
 * as well), and only ending its process or worker helps. The page does that in io-client.ts, this helper by a signal.
 */
export async function fuzz(from: number, to: number): Promise<readonly FuzzCase[]> {
  const cases: FuzzCase[] = [];
  for (let next = from; next < to;) {
    const { done, last } = await runChild(next, to, (found) => cases.push(found));
    if (last !== null) cases.push(last);
    next = done + 1;
  }
  return cases;
}

interface Ended {
  /** Number of the last case that was dealt with. */
  readonly done: number;
  /** The case in which the child ended without a word. */
  readonly last: FuzzCase | null;
}

function runChild(from: number, to: number, found: (result: FuzzCase) => void): Promise<Ended> {
  return new Promise((resolve) => {
    const args = ['--import', 'tsx', child, String(from), String(to)];
    const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let open: { readonly number: number; readonly name: string; readonly how: string } | null =
      null;
    let done = from - 1;
    let rest = '';
    let timer = setTimeout(() => running.kill('SIGKILL'), starting);
    running.stdout.on('data', (bytes: Buffer) => {
      const lines = (rest + bytes.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        clearTimeout(timer);
        timer = setTimeout(
          () => running.kill('SIGKILL'),
          line.startsWith('begin') ? slowest : starting,
        );
        if (line.startsWith('begin')) {
          const [, number, name, how] = line.split(' ');
          open = { number: Number(number), name: name ?? '', how: how ?? '' };
        } else if (line.startsWith('{')) {
          const result = JSON.parse(line) as FuzzCase;
          found(result);
          done = result.number;
          open = null;
        }
      }
    });
    running.on('close', (code, signal) => {
      clearTimeout(timer);
      const outcome =
        signal === 'SIGKILL'
          ? 'ended by the watchdog'
          : `FAULT: the process ended (${code ?? signal})`;
      if (open === null) return resolve({ done, last: null });
      resolve({ done: open.number, last: { ...open, outcome, ms: slowest, rss: 0 } });
    });
  });
}
