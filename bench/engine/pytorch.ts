/** @file The PyTorch baseline as a process that measures when asked; absent where there is no Python with torch. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Python with torch: CELLSMITH_TORCH_PYTHON, else python3. */
const PYTHON = process.env['CELLSMITH_TORCH_PYTHON'] ?? 'python3';

/** A folder for what the baselines read. */
export const scratch = mkdtempSync(join(tmpdir(), 'cellsmith-bench-'));

/** Whether PyTorch can be asked. */
export function hasTorch(): boolean {
  return spawnSync(PYTHON, ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0;
}

/** A running baseline. */
export interface Baseline {
  readonly name: string;
  /** One measured segment: units per second. */
  measure(): Promise<number>;
  stop(): void;
}

/** What a baseline does. */
export type TorchKind =
  | 'autoencoder'
  | 'flow'
  | 'sample'
  | 'scldm-autoencoder'
  | 'scldm-flow'
  | 'scldm-sample'
  | 'scdfm-pad';

/** Scripts of bench/pytorch by the beginning of the kind's name. */
const SCRIPTS = [
  ['scldm', 'scldm.py'],
  ['scdfm', 'scdfm.py'],
] as const;

/** Starts the script of bench/pytorch that does the kind. */
export async function startTorch(
  kind: TorchKind,
  config: Readonly<Record<string, number | string>>,
): Promise<Baseline> {
  const file = join(scratch, `${kind}-${Math.random().toString(36).slice(2)}.json`);
  writeFileSync(file, JSON.stringify(config));
  const own = SCRIPTS.find(([name]) => kind.startsWith(name))?.[1] ?? 'worker.py';
  const script = join(import.meta.dirname, '../pytorch', own);
  const child = spawn(PYTHON, [script, kind, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<{ rate: number; torch: string }> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('PyTorch ended early');
    return JSON.parse(value as string) as { rate: number; torch: string };
  };
  const { torch } = await next();
  return {
    name: `PyTorch ${torch}, ${config['threads']} threads, plain loop`,
    async measure() {
      child.stdin.write('go\n');
      return (await next()).rate;
    },
    stop: () => child.kill(),
  };
}
