/** @file Every file of the reader corpus opens or is refused by name; the table in docs/formats.md says which, and is made here. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../protocol/errors.ts';
import { nodeService, sharedData } from './testing/files.ts';

const corpus = join(sharedData, 'reader-corpus');
const document = join(import.meta.dirname, '../../docs/formats.md');
const mark =
  '<!-- table: made by src/data/reader-corpus.test.ts; UPDATE_FORMATS=1 writes it anew -->\n';

if (!existsSync(corpus)) console.log('Left out: the reader corpus (no shared data).');

async function rowOf(path: string): Promise<string> {
  const io = nodeService();
  const file = relative(corpus, path);
  try {
    const summary = await io.open({ path });
    const usable =
      summary.counts.find(({ where }) => where === summary.chosen) ??
      summary.counts.find((source) => source.undo !== null || source.roundable);
    const how = usable?.usable ? '' : usable?.undo ? ', undone' : usable ? ', rounded' : '';
    if (usable) await io.load(usable.where);
    const size = `${summary.nObs} × ${summary.nVars}`;
    const parts = summary.parts.map(({ name }) => name).join(', ');
    return `| ${file} | ${summary.format} | ${size} | ${parts} | ${usable ? usable.where + how : 'none'} |`;
  } catch (thrown) {
    const { code } = StudioError.from(thrown);
    return `| ${file} | refused: ${code} | | | |`;
  } finally {
    await io.close();
  }
}

describe.runIf(existsSync(corpus))('the reader corpus', () => {
  it('is read as docs/formats.md says', async () => {
    const paths = readdirSync(corpus, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'expected.jsonl')
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    const rows: string[] = [];
    for (const path of paths) rows.push(await rowOf(path));
    expect(rows.filter((row) => row.includes('refused: internal'))).toEqual([]);
    const table = `| file | format | cells × genes | parts | counts |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
    const [text = ''] = readFileSync(document, 'utf8').split(mark);
    if (process.env['UPDATE_FORMATS']) writeFileSync(document, `${text}${mark}\n${table}`);
    // The formatter pads tables; their words count.
    const words = (of: string): string => of.replace(/[ -]+/g, ' ').trim();
    expect(words(readFileSync(document, 'utf8').split(mark)[1] ?? '')).toBe(words(table));
  });
});
