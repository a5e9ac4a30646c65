/** @file scLDM by the command line: trained, trained further from its file, refused where another model or training is needed, used by every command. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { callJson } from './testing/call.ts';

const demo = join(import.meta.dirname, '../public/demo/blood-700.h5ad');
const folder = mkdtempSync(join(tmpdir(), 'cellsmith-scldm-'));
const [first, second] = ['first', 'second'].map((name) => join(folder, `${name}.cellsmith`));

/** Runs a command on the CPU. */
const call = (...args: readonly string[]) => callJson(...args, '--device', 'cpu');

/** Runs a training; by the faithful recipe, which calibrates nothing and so takes seconds less. */
function train(out: string, more: readonly string[] = [], model = 'scldm') {
  const order = ['--attributes', 'phase', '--genes', 'hvg:40', '--model', model];
  const short = ['--epochs', '1', '--steps', '2', '--faithful'];
  return call('train', demo, '--out', out, ...order, ...short, ...more);
}

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

  it('does not go on from a model of another kind', async () => {
    const cfgen = join(import.meta.dirname, '../public/demo/blood-700.cellsmith');
    const { code, report } = await train(second, ['--from', cfgen]);
    expect(code).toBe(1);
    expect(report).toMatchObject({
      error: { code: 'bad-request', message: expect.stringContaining('trained further') },
    });
  });

  it('is the only kind that goes on', async () => {
    expect((await train(second, ['--from', first], 'cfgen')).code).toBe(2);
  });
});

describe('a model of scLDM', () => {
  const out = join(folder, 'out.h5ad');
  const short = ['--solver', 'heun:1', '--out', out];
  const batch = ['--batch', 'phase', '--to', 'G1', '--counts', ...short];
  const orders: readonly (readonly [readonly string[], Record<string, unknown>])[] = [
    [['sample', '--cells', '7', ...short], { cells: 7 }],
    [['encode', demo, '--out', out], { cells: 700 }],
    [['correct', demo, ...batch], { cells: 700, to: 'G1', counts: 'corrected' }],
    [['counterfactual', demo, '--set', 'phase=S', '--where', 'phase=G2M', ...short], { genes: 40 }],
    [['augment', demo, '--attribute', 'phase', '--value', 'S', '--cells', '5', ...short], { added: { S: 5 } }],
    [['impute', demo, '--passes', '1', '--genes', 'C1QA', '--out', out], { cells: 700 }],
  ]; // prettier-ignore

  it.each(orders)('is taken by %j', async ([command, ...more], expected) => {
    const { code, report } = await call(command, first, ...more);
    expect(report).toMatchObject(expected);
    expect(code).toBe(0);
  });

  it('answers no question about perturbations, and says which model does', async () => {
    const { code, report } = await call('perturb', first, '--set', 'IFNGR1', '--out', out);
    expect(code).toBe(1);
    expect(report).toMatchObject({ error: { code: 'bad-model' } });
  });
});
