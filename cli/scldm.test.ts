/** @file scLDM by the command line: trained, trained further from its file, refused where the training is another one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { main } from './main.ts';

const demo = join(import.meta.dirname, '../public/demo/blood-700.h5ad');
const folder = mkdtempSync(join(tmpdir(), 'cellsmith-scldm-'));
const [first, second] = ['first', 'second'].map((name) => join(folder, `${name}.cellsmith`));

/** Runs a training; its exit code and what it printed. */
async function train(out: string, more: readonly string[] = [], model = 'scldm') {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((some) => {
    text += String(some);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const order = ['--attributes', 'phase', '--genes', 'hvg:40', '--model', model];
  const short = ['--epochs', '1', '--steps', '2', '--device', 'cpu', '--json'];
  const code = await main(['train', demo, '--out', out, ...order, ...short, ...more]);
  vi.restoreAllMocks();
  return { code, report: code === 2 ? null : (JSON.parse(text) as Record<string, unknown>) };
}

afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('train --model scldm', () => {
  // Three trainings: seconds of work, minutes on a busy machine.
  it(
    'goes on from a model file, and from that of another training not',
    { timeout: 300_000 },
    async () => {
      const { code, report } = await train(first);
      expect(code).toBe(0);
      expect(report).toMatchObject({ model: 'scldm', size: 'S', autoencoderEpoch: 1, flowStep: 2 });
      const more = await train(second, ['--from', first]);
      expect(more.report).toMatchObject({ autoencoderEpoch: 2, flowStep: 4 });
      const other = await train(second, ['--from', first, '--seed', '1']);
      expect(other.code).toBe(1);
      expect(other.report).toMatchObject({ error: { code: 'bad-request' } });
    },
  );

  it('is the only kind that goes on', async () => {
    expect((await train(second, ['--from', first], 'cfgen')).code).toBe(2);
  });
});
