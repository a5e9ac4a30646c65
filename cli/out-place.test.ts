/** @file Where a command may write: other kinds of files, files that are read, and files that are whole or not there. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';
import { requireOut } from './out-place.ts';
import { writeWhole } from './whole-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'cellsmith-out-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const ask = (...args: string[]) => {
  const options = parseOptions(args, { values: ['--out', '--train'], switches: [] });
  requireOut(options, ['.h5ad']);
};

describe('the place of a result', () => {
  it('has an ending of its own kind, or one that nobody else uses', () => {
    expect(() => ask('--out', at('x.h5ad'))).not.toThrow();
    expect(() => ask('--out', at('x.2'))).not.toThrow();
    expect(() => ask('--out', at('x'))).not.toThrow();
    expect(() => ask()).not.toThrow();
    for (const name of ['x.csv', 'x.cellsmith', 'x.LOOM']) {
      expect(() => ask('--out', at(name))).toThrow(UsageError);
    }
  });

  it('is no file that is read, under whatever name', () => {
    writeFileSync(at('cells.h5ad'), 'cells');
    symlinkSync(at('cells.h5ad'), at('link.h5ad'));
    for (const args of [
      [at('cells.h5ad'), '--out', at('cells.h5ad')],
      [at('link.h5ad'), '--out', at('cells.h5ad')],
      ['--train', at('cells.h5ad'), '--out', at('link.h5ad')],
    ]) {
      expect(() => ask(...args)).toThrow('a file that is read');
    }
    expect(() => ask(at('other.h5ad'), '--out', at('cells.h5ad'))).not.toThrow();
  });
});

describe('a file that is written', () => {
  it('takes the place of an earlier one, also behind a link, and leaves nothing else', async () => {
    const before = readdirSync(folder);
    await writeWhole(at('cells.h5ad'), Uint8Array.of(1, 2));
    await writeWhole(at('link.h5ad'), new Blob([Uint8Array.of(3, 4, 5)]));
    expect([...readFileSync(at('cells.h5ad'))]).toEqual([3, 4, 5]);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('stays as it was when the new one breaks off', async () => {
    const broken = new Blob([new Uint8Array(9)]);
    broken.stream = () =>
      new ReadableStream({ pull: (to) => to.error(new Error('gone')) }) as ReturnType<Blob['stream']>; // prettier-ignore
    const before = readdirSync(folder);
    await expect(writeWhole(at('cells.h5ad'), broken)).rejects.toMatchObject({ code: 'export-failed' }); // prettier-ignore
    await expect(writeWhole(at('new.h5ad'), broken)).rejects.toMatchObject({ code: 'export-failed' }); // prettier-ignore
    expect([...readFileSync(at('cells.h5ad'))]).toEqual([3, 4, 5]);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('is written in one go where it cannot be exchanged', async () => {
    if (!existsSync('/dev/null')) return;
    await writeWhole('/dev/null', Uint8Array.of(1));
    expect(existsSync('/dev/null')).toBe(true);
  });
});
