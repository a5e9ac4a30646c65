/** @file Ctrl-C while training: the program ends well and the model so far is in the file. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readModelFile } from '../src/models/model-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'cellsmith-interrupt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('keeps the model of a training that Ctrl-C ended', async () => {
  const out = join(folder, 'kept.cellsmith');
  const demo = join(import.meta.dirname, '../public/demo/blood-700.h5ad');
  const order = ['train', demo, '--out', out, '--attributes', 'phase', '--epochs', '2', '--json'];
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cellsmith.mjs'), ...order]);
  let text = '';
  let report = '';
  let interrupted = false;
  child.stdout.on('data', (chunk) => (report += String(chunk)));
  child.stderr.on('data', (chunk) => {
    text += String(chunk);
    if (!interrupted && /Flow|flow/.test(text)) {
      interrupted = true;
      setTimeout(() => child.kill('SIGINT'), 800);
    }
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code, text).toBe(0);
  expect(JSON.parse(report)).toMatchObject({ out, stoppedEarly: true });
  const { info } = readModelFile(new Uint8Array(readFileSync(out)));
  expect(info.stoppedEarly).toBe(true);
  expect(info.flowStep).toBeGreaterThan(0);
}, 60_000);
