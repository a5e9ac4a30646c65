/** @file `info` on a model file: its history, and the verdict it carries. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readModelFile, writeModelFile } from '../src/models/model-file.ts';
import type { Verdict } from '../src/protocol/judge.ts';
import { runAnyInfo } from './info.ts';

const demo = join(import.meta.dirname, '../public/demo/blood-700.cellsmith');
const folder = mkdtempSync(join(tmpdir(), 'cellsmith-'));
afterAll(() => rmSync(folder, { recursive: true }));

const verdict: Verdict = {
  key: '',
  complete: true,
  decided: true,
  cells: { heldOut: 140, training: 560, synthetic: 140 },
  genes: 765,
  headline: 'Close to real, one gap',
  sentence: '',
  numbers: '',
  fitFor: '',
  weakest: null,
  advice: [],
  passed: 6,
  checks: [],
  measures: { energy: 0.3 },
  hits: {},
  groups: [],
  unseen: [],
  paper: null,
  seconds: 1,
  notes: [],
  intervals: {},
  floor: {},
  baselines: {},
};

describe('info on a model', () => {
  it('says what it is, without the table of combinations', async () => {
    const report = await runAnyInfo(demo);
    expect(report).toMatchObject({
      file: 'blood-700.cellsmith',
      format: 'cellsmith',
      model: { model: 'cfgen', nGenes: 765, trainingCells: 560, seed: 0 },
      verdict: null,
    });
    expect(JSON.stringify(report)).not.toContain('combinations');
  });

  it('shows the last verdict with its seed and settings', async () => {
    const model = readModelFile(new Uint8Array(readFileSync(demo)));
    const settings = {
      seed: 9,
      weight: 1,
      solver: { method: 'rk4', steps: 20 },
      mostCells: 2000,
      mostTraining: 20_000,
      mostTransport: 1000,
    } as const;
    const checkedAt = '2026-11-22T12:00:00.000Z';
    const path = join(folder, 'judged.cellsmith');
    const stored = { model: model.info.id, checkedAt, settings, verdict };
    writeFileSync(path, writeModelFile({ ...model, verdict: stored }));
    expect(await runAnyInfo(path)).toMatchObject({
      verdict: {
        checked_at: checkedAt,
        settings,
        record: {
          headline: verdict.headline,
          checks_passed: 6,
          measures: { energy: { value: 0.3 } },
        },
      },
    });
  });

  it('refuses what is no model under that name, and names what is not there', async () => {
    const path = join(folder, 'broken.cellsmith');
    writeFileSync(path, 'nothing');
    await expect(runAnyInfo(path)).rejects.toMatchObject({ code: 'bad-model' });
    await expect(runAnyInfo(join(folder, 'gone.cellsmith'))).rejects.toMatchObject({
      code: 'bad-request',
    });
  });
});
