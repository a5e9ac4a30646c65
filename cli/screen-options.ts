/** @file Options that say how a perturbation screen is read and modelled (`train --model scdfm`). */
import { readFileSync } from 'node:fs';
import type { ScreenSettings, ScreenStart, ScreenTier } from '../src/protocol/perturb.ts';
import { requireFile } from './file-and-device.ts';
import { UsageError, type Options } from './options.ts';

/** Options with a value. */
export const screenOptions = [
  '--perturbation',
  '--control',
  '--separator',
  '--context',
  '--tier',
  '--start',
  '--mmd',
  '--modelled-genes',
  '--edges',
];

const STARTS: readonly ScreenStart[] = ['gaussian', 'noisy-control', 'control'];
const TIERS: readonly ScreenTier[] = ['fast', 'pad-lite'];

/** Weight of the discrepancy when none is told. Source: the paper. */
const MMD_WEIGHT = 0.5;

/** The screen's settings; null without --perturbation. Error: UsageError. */
export function readScreenOptions(options: Options): ScreenSettings | null {
  const attribute = options.text('--perturbation');
  const other = screenOptions.find((name) => options.text(name) !== null);
  if (attribute === null) {
    if (other !== undefined) throw new UsageError(`${other} needs --perturbation COLUMN.`);
    return null;
  }
  const control = options.text('--control');
  if (control === null) throw new UsageError('--perturbation needs --control VALUE.');
  const separator = options.text('--separator') ?? '+';
  const edges = options.text('--edges');
  return {
    attribute,
    control,
    separator: separator === 'none' ? null : separator,
    context: options.text('--context'),
    tier: oneOf('--tier', options.text('--tier') ?? 'fast', TIERS),
    start: oneOf('--start', options.text('--start') ?? 'noisy-control', STARTS),
    mmdWeight: readWeight(options.text('--mmd')),
    genes: options.whole('--modelled-genes', 2),
    ...(edges === null ? {} : { edges: readEdges(requireFile(edges)) }),
  };
}

/** The attributes with those that the screen needs, each once. */
export function withScreenColumns(
  attributes: readonly string[],
  screen: ScreenSettings | null,
): string[] {
  const own = screen === null ? [] : [screen.attribute, screen.context];
  return [...new Set([...own, ...attributes])].filter((name) => name !== null);
}

function oneOf<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option} takes ${words.join(', ')}, not "${text}".`);
}

function readWeight(text: string | null): number {
  if (text === null) return MMD_WEIGHT;
  const weight = Number(text);
  if (text !== '' && weight >= 0 && Number.isFinite(weight)) return weight;
  throw new UsageError(`--mmd takes a weight of at least 0, not "${text}".`);
}

/** Pairs of gene names, one pair a line, parted by a comma, a tab or spaces. */
function readEdges(path: string): [string, string][] {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/u);
  return lines
    .map((line) => line.split(/[\s,;]+/u).filter((word) => word !== ''))
    .filter((words) => words.length >= 2)
    .map(([a, b]) => [a, b]);
}
