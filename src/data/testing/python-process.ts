/** @file Test helper: one Python process that answers orders, a JSON line each. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A running process. */
export interface PythonProcess {
  /** The answer to an order; rejects with what Python says. */
  ask(order: object): Promise<unknown>;
  stop(): void;
}

/** Starts a script of scripts/interop under the Python named by CELLSMITH_PYTHON; null when none is named. */
export function startPython(script: string): PythonProcess | null {
  const python = process.env['CELLSMITH_PYTHON'];
  if (python === undefined) return null;
  const path = join(import.meta.dirname, '../../../scripts/interop', script);
  const running = spawn(python, [path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((line: string | null) => void)[] = [];
  const lines = createInterface({ input: running.stdout });
  lines.on('line', (line) => waiting.shift()?.(line));
  lines.on('close', () => waiting.splice(0).forEach((answer) => answer(null)));
  return {
    ask: async (order) => {
      const line = await new Promise<string | null>((resolve) => {
        waiting.push(resolve);
        running.stdin.write(`${JSON.stringify(order)}\n`);
      });
      if (line === null) throw new Error('the Python process ended');
      const { answer, error } = JSON.parse(line) as { answer: unknown; error?: string };
      if (error !== undefined) throw new Error(`Python: ${error}`);
      return answer;
    },
    stop: () => running.stdin.end(),
  };
}
