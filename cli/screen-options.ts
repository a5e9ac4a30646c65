/** @file Options that say how a perturbation screen is read and modelled (`train --model scdfm`). */
import { readFileSync } from 'node:fs';
import type { ObsColumn, SelectionRequest } from '../src/protocol/dataset.ts';
import { edgeOf, type NamedEdge } from '../src/protocol/edge-list.ts';
import type { ScreenSettings, ScreenStart, ScreenTier } from '../src/protocol/perturb.ts';
import { isUnclear, proposeSeparator } from '../src/protocol/screen-labels.ts';
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
  '--keep',
];

/** The sign between members where the values do not show one. */
const USUAL_SEPARATOR = '+';

const STARTS: readonly ScreenStart[] = ['gaussian', 'noisy-control', 'control'];
const TIERS: readonly ScreenTier[] = ['fast', 'pad-lite'];

/** Weight of the discrepancy when none is told. Source: the paper. */
const MMD_WEIGHT = 0.5;

/** The screen's settings; null without --perturbation. Error: UsageError. */
export function readScreenOptions(options: Options): ScreenSettings | null {
  const attribute = options.text('--perturbation');
  const other = screenOptions.find((name) => options.has(name));
  if (attribute === null) {
    if (other !== undefined) throw new UsageError(`${other} needs --perturbation COLUMN.`);
    return null;
  }
  const control = options.text('--control');
  if (control === null) throw new UsageError('--perturbation needs --control VALUE.');
  const separator = options.text('--separator') ?? USUAL_SEPARATOR;
  const edges = options.text('--edges');
  return {
    attribute,
    control,
    separator: separator === 'none' ? null : separator,
    context: options.text('--context'),
    tier: oneOf('--tier', options.text('--tier') ?? 'fast', TIERS),
    start: readStart(options),
    mmdWeight: readWeight(options.text('--mmd')),
    genes: options.whole('--modelled-genes', 2),
    ...(edges === null ? {} : { edges: readEdges(requireFile(edges)) }),
  };
}

/** A screen beside the values of its column: what is trained on, and what of it a person is to be told. */
export interface ClearedScreen {
  readonly screen: ScreenSettings;
  readonly selection: SelectionRequest;
  /** A sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads the sign between members from the values where none was told, and leaves out cells of which nobody knows what was perturbed in them:
 * values that say so (`ambiguous`, `doublet`, `NA`), but for those of `--keep`, and cells without a value. Error: UsageError.
 */
export function clearScreen(
  told: ScreenSettings,
  selection: SelectionRequest,
  columns: readonly ObsColumn[],
  options: Options,
): ClearedScreen {
  const column = columns.find(({ name }) => name === told.attribute);
  // A column that is not there is told by the selection.
  if (column === undefined) return { screen: told, selection, notes: [] };
  const { attribute, control } = told;
  const found = options.text('--separator') === null ? proposeSeparator(column.categories, control) : null; // prettier-ignore
  const screen = { ...told, separator: found ?? told.separator };
  const keep = options.all('--keep');
  const stranger = keep.find((label) => !column.categories.includes(label));
  if (stranger !== undefined) throw new UsageError(`--keep: ${attribute} has no value "${stranger}".`); // prettier-ignore
  const out = column.categories
    .map((label, i) => ({ label, cells: column.cells[i] ?? 0 }))
    .filter(({ label, cells }) => cells > 0 && !keep.includes(label) && isUnclear(label, screen));
  const notes = out.map(
    ({ label, cells }) =>
      `${cells} cells with ${attribute} "${label}" are left out: it names no perturbation. --keep "${label}" trains on them.`,
  );
  if (found !== null && found !== USUAL_SEPARATOR) notes.push(`Sets are joined by "${found}" in ${attribute}; --separator none takes every value whole.`); // prettier-ignore
  if (column.missing > 0) notes.push(`${column.missing} cells without a value of ${attribute} are left out.`); // prettier-ignore
  return {
    screen,
    selection: {
      ...selection,
      leftOut: { ...selection.leftOut, [attribute]: out.map(({ label }) => label) },
      keepUnlabelled: (selection.keepUnlabelled ?? []).filter((name) => name !== attribute),
    },
    notes,
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

/** Where cells begin; the paper's settings know noise alone. */
function readStart(options: Options): ScreenStart {
  const told = options.text('--start');
  const start = told === null ? null : oneOf('--start', told, STARTS);
  if (!options.has('--faithful')) return start ?? 'noisy-control';
  if (start === null || start === 'gaussian') return 'gaussian';
  throw new UsageError(`--faithful begins from noise: leave --start ${start} out.`);
}

function readWeight(text: string | null): number {
  if (text === null) return MMD_WEIGHT;
  const weight = Number(text);
  if (text !== '' && weight >= 0 && Number.isFinite(weight)) return weight;
  throw new UsageError(`--mmd takes a weight of at least 0, not "${text}".`);
}

/** Pairs of gene names, one pair a line. Error: UsageError, when there is none. */
function readEdges(path: string): NamedEdge[] {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/u);
  const edges = lines.flatMap((line) => {
    const pair = edgeOf(line);
    return pair === null ? [] : [pair];
  });
  if (edges.length > 0) return edges;
  throw new UsageError(`--edges: ${path} has no line with two gene names.`);
}
