/** @file How a screen is told on the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ObsColumn, SelectionRequest } from '../src/protocol/dataset.ts';
import type { ScreenSettings } from '../src/protocol/perturb.ts';
import { parseOptions } from './options.ts';
import {
  clearScreen,
  readScreenOptions,
  screenOptions,
  withScreenColumns,
} from './screen-options.ts';

const read = (...args: string[]): ScreenSettings | null =>
  readScreenOptions(parseOptions(args, { values: screenOptions, switches: [] }));

describe('the options of a screen', () => {
  it('are left out without a perturbation column, and refused half told', () => {
    expect(read()).toBeNull();
    expect(() => read('--control', 'NT')).toThrow('--control needs --perturbation');
    expect(() => read('--perturbation', 'gene')).toThrow('--control');
    expect(() => read('--perturbation', 'gene', '--control', 'NT', '--tier', 'big')).toThrow('--tier'); // prettier-ignore
    expect(() => read('--perturbation', 'gene', '--control', 'NT', '--mmd', '-1')).toThrow('--mmd');
  });

  it('have the recommended values', () => {
    expect(read('--perturbation', 'gene', '--control', 'NT')).toEqual({
      attribute: 'gene',
      control: 'NT',
      separator: '+',
      context: null,
      tier: 'fast',
      start: 'noisy-control',
      mmdWeight: 0.5,
      genes: null,
    });
  });

  it('begin from noise with the settings of the paper, and from nothing else', () => {
    const faithful = (...args: string[]): ScreenSettings | null =>
      readScreenOptions(
        parseOptions(['--perturbation', 'gene', '--control', 'NT', '--faithful', ...args], {
          values: screenOptions,
          switches: ['--faithful'],
        }),
      );
    expect(faithful()?.start).toBe('gaussian');
    expect(faithful('--start', 'gaussian')?.start).toBe('gaussian');
    expect(() => faithful('--start', 'control')).toThrow('leave --start control out');
  });

  it('refuse an edge list without a pair', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cellsmith-edges-'));
    const path = join(folder, 'edges.tsv');
    writeFileSync(path, '# a note\nA\n');
    const none = (): unknown => read('--perturbation', 'gene', '--control', 'NT', '--edges', path);
    expect(none).toThrow('no line with two gene names');
    writeFileSync(path, '# a note\n"A"\tB\t0.3\n');
    expect(read('--perturbation', 'gene', '--control', 'NT', '--edges', path)?.edges).toEqual([['A', 'B']]); // prettier-ignore
    rmSync(folder, { recursive: true });
  });

  it('take another separator or none, a context, a tier, and edges from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cellsmith-edges-'));
    const path = join(folder, 'edges.csv');
    writeFileSync(path, 'A,B\nB\tC\n\nalone\n');
    const found = read(
      ...[
        '--perturbation',
        'drug',
        '--control',
        'DMSO',
        '--separator',
        'none',
        '--context',
        'line',
      ],
      ...['--tier', 'pad-lite', '--start', 'gaussian', '--mmd', '0', '--modelled-genes', '128'],
      ...['--edges', path],
    );
    rmSync(folder, { recursive: true });
    expect(found).toMatchObject({ separator: null, context: 'line', tier: 'pad-lite', genes: 128 });
    expect(found).toMatchObject({ start: 'gaussian', mmdWeight: 0, edges: [['A', 'B'], ['B', 'C']] }); // prettier-ignore
    expect(withScreenColumns(['line', 'donor'], found)).toEqual(['drug', 'line', 'donor']);
    expect(withScreenColumns(['donor'], null)).toEqual(['donor']);
  });
});

describe('clearScreen', () => {
  const selection = { attributes: ['gene', 'line'], leftOut: { line: ['x'] }, keepUnlabelled: ['gene', 'line'] } as unknown as SelectionRequest; // prettier-ignore
  const column = (categories: readonly string[], cells: readonly number[], missing = 0): ObsColumn => ({ name: 'gene', kind: 'categorical', categories, cells, missing, steerable: true, why: null, colours: null }); // prettier-ignore
  const cleared = (columns: readonly ObsColumn[], ...args: string[]) => {
    const options = parseOptions(['--perturbation', 'gene', '--control', 'NT', ...args], { values: screenOptions, switches: [] }); // prettier-ignore
    const screen = readScreenOptions(options);
    if (screen === null) throw new Error('no screen');
    return clearScreen(screen, selection, columns, options);
  };

  it('leaves out cells of which nobody knows what was perturbed, and says so', () => {
    const { selection: own, notes } = cleared([column(['NT', 'A', 'ambiguous', 'NA'], [9, 8, 7, 0], 5)]); // prettier-ignore
    expect(own.leftOut).toEqual({ line: ['x'], gene: ['ambiguous'] });
    expect(own.keepUnlabelled).toEqual(['line']);
    expect(notes).toEqual([
      '7 cells with gene "ambiguous" are left out: it names no perturbation. --keep "ambiguous" trains on them.',
      '5 cells without a value of gene are left out.',
    ]);
  });

  it('keeps a value that is asked for, and refuses one that is not there', () => {
    const columns = [column(['NT', 'A', 'unknown'], [9, 8, 7])];
    expect(cleared(columns, '--keep', 'unknown')).toMatchObject({ notes: [], selection: { leftOut: { gene: [] } } }); // prettier-ignore
    const two = [column(['NT', 'A', 'unknown', 'NA'], [9, 8, 7, 6])];
    expect(cleared(two, '--keep', 'unknown', '--keep', 'NA').notes).toEqual([]);
    expect(() => cleared(columns, '--keep', 'Unknown')).toThrow('no value "Unknown"');
  });

  it('finds the sign between members where none is told', () => {
    const columns = [column(['NT', 'A', 'B', 'A_B'], [9, 8, 7, 6])];
    expect(cleared(columns).screen.separator).toBe('_');
    expect(cleared(columns).notes.join(' ')).toContain('Sets are joined by "_"');
    expect(cleared(columns, '--separator', 'none').screen.separator).toBeNull();
    expect(cleared([column(['NT', 'A+ctrl'], [9, 8])])).toMatchObject({ notes: [], screen: { separator: '+' } }); // prettier-ignore
    expect(cleared([]).screen.separator).toBe('+');
  });
});
