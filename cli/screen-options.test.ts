/** @file How a screen is told on the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ScreenSettings } from '../src/protocol/perturb.ts';
import { parseOptions } from './options.ts';
import { readScreenOptions, screenOptions, withScreenColumns } from './screen-options.ts';

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
