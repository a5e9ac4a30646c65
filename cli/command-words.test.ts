/** @file No error reaches a terminal in the page's words, and no pair of words has outlived its sentence. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { adviceFor, tooFewAdvice } from '../src/evaluation/advice.ts';
import * as files from '../src/data/file-errors.ts';
import { cancelled, StudioError } from '../src/protocol/errors.ts';
import { commandWords, errorWords, wordPairs } from './command-words.ts';
import { main } from './main.ts';

const source = join(import.meta.dirname, '../src');
/** Layers whose errors a command can meet; what only a browser loads is left out. */
const layers = ['data', 'engine', 'evaluation', 'models', 'protocol', 'tasks'];
const pageOnly = /h5-browser\.ts$|browser-host\.ts$|[\\/]testing[\\/]|\.test\.ts$/;
const pageWords = /[Dd]rop (the|it)\b|\bthe page\b|\bthis page\b|[Bb]rowser'?s? |\bthis tab\b|Load model|the limits/; // prettier-ignore

/** The texts of a file: comments gone, sentences joined that are written in two pieces. */
function textsOf(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/(['`"])\s*\+\s*['`"]/g, '');
}

const texts = layers
  .flatMap((layer) =>
    readdirSync(join(source, layer), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(source, layer, name),
    ),
  ) // prettier-ignore
  .filter((path) => path.endsWith('.ts') && !pageOnly.test(path))
  .map((path) => ({ path, text: textsOf(path) }));

describe('commandWords', () => {
  it('has a counterpart for everything that the layers below say of the page', () => {
    const left = texts.flatMap(({ path, text }) =>
      commandWords(text)
        .split('\n')
        .filter((line) => pageWords.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(left).toEqual([]);
  });

  it.each(wordPairs.filter(([page]) => typeof page === 'string'))('still meets %j', (page) => {
    expect(texts.some(({ text }) => text.includes(page as string))).toBe(true);
  });

  it('turns errors of files, of memory and of what nobody foresaw', () => {
    const errors = [
      files.cutOff('a.h5ad', 5, 10),
      files.damaged('a.h5ad', 'X', 'why'),
      files.changedOnDisk('a.h5ad', new Error('gone')),
      files.unknownFilter('a.h5ad', 'X', 'lzf'),
      files.emptyFile('a.h5ad', 'It has no cells.'),
      files.tooBig(9000, 8e9, 4e9, 4000),
      files.tooBig(9000, 8e9, 4e9),
      files.noRoomForCounts(8e9, 1e9),
      files.tooFewCells(3, 50),
      files.tooFewGenes(1, 2),
      StudioError.from(new Error('x is not a function')),
      cancelled(),
    ];
    const said = errors.map(errorWords);
    for (const text of said) expect(text).not.toMatch(pageWords);
    expect(said[5]).toBe(
      'Not enough memory for 9,000 cells. The counts need about 8.0\u202fGB; this program may use about 4.0\u202fGB. Save a file with fewer cells, then run the command on that.',
    );
    expect(said[9]).toContain('Lower --min-cells');
  });

  it('turns advice of a verdict', () => {
    const maker = { stoppedEarly: false, foreign: false };
    expect(commandWords(adviceFor('library', maker))).toMatch(/^Sample with --library chosen/);
    expect(commandWords(tooFewAdvice(false))).toContain('--held-out');
  });
});

describe('files of the wrong sort', () => {
  const demo = join(import.meta.dirname, '../public/demo');
  async function told(...args: string[]): Promise<string> {
    let text = '';
    const listen = (words: unknown): boolean => ((text += String(words)), true);
    vi.spyOn(process.stderr, 'write').mockImplementation(listen);
    vi.spyOn(process.stdout, 'write').mockImplementation(listen);
    expect(await main(args)).toBe(1);
    vi.restoreAllMocks();
    return text;
  }

  it('a model where a command takes cells', async () => {
    const model = join(demo, 'blood-700.cellsmith');
    const text = await told('train', model, '--out', 'never.cellsmith');
    expect(text).toMatch(/is not a cell file\. It is a Cellsmith model\. This command reads a file of cells/); // prettier-ignore
    expect(text).not.toMatch(pageWords);
  });

  it('cells where a command takes a model', async () => {
    const cells = join(demo, 'blood-700.h5ad');
    const text = await told('sample', cells, '--cells', '3', '--out', 'never.h5ad');
    expect(text).toContain(`${cells} is not a model. It is a file of cells.`);
  });
});
