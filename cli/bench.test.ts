/** @file A short run of the benches: every figure is there in the form that other programs read; no speed is asserted. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Line {
  readonly figure: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: number | null;
  readonly ratio: number | null;
}

it('prints each figure with its ratio', () => {
  const command = join(import.meta.dirname, 'cellsmith.mjs');
  const order = ['bench', '--short', '--threads', '2', '--json'];
  const run = spawnSync(process.execPath, [command, ...order], { encoding: 'utf8' });
  expect(run.status, run.stderr).toBe(0);
  const figures = JSON.parse(run.stdout) as Line[];
  for (const { figure, unit, ours, baseline, ratio } of figures) {
    console.log(`${figure}: ${ours} ${unit}${ratio === null ? '' : `, ratio ${ratio}`}`);
    expect(ours).toBeGreaterThan(0);
    if (baseline !== null)
      expect(Math.abs((ratio ?? 0) / (ours / baseline) - 1)).toBeLessThan(0.02);
  }
  const units = new Set(figures.map((f) => f.unit));
  expect(units).toEqual(new Set(['cells/s', 'steps/s', 'ms', 's', 'MB']));
}, 240_000);

it('names the figures when asked for another', () => {
  const command = join(import.meta.dirname, 'cellsmith.mjs');
  const run = spawnSync(process.execPath, [command, 'bench', 'coffee'], { encoding: 'utf8' });
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('autoencoder, flow, sample, slider, training');
});
