/** @file The Verdict drawer in its states: waiting, running, judged, too few cells; and what leaves it as text. */
import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Check, CheckId, GroupResult, Verdict } from '../../protocol/judge.ts';
import type { Curves } from '../../protocol/curves.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import * as actions from '../../state/actions/index.ts';
import { initialState, patch, studio } from '../../state/store.ts';
import { BottomBar } from '../frame/BottomBar.tsx';
import { axis } from './floor-scale.ts';
import { verdictCsv, verdictReport } from './verdict-exports.ts';
import { verdictFigures } from './verdict-figure.tsx';
import { VerdictView } from './VerdictView.tsx';

vi.mock('../../state/actions/index.ts', () => ({
  checkModel: vi.fn(),
  exportVerdict: vi.fn(),
  stopCheck: vi.fn(),
  showVerdictOn: vi.fn(),
  stopCellCheck: vi.fn(),
  drawCurves: vi.fn(),
  stopCurves: vi.fn(),
  setWeight: vi.fn(),
  setPaperCompat: vi.fn(),
  presentChoice: () => [1],
  toggleDrawer: vi.fn(),
}));

function check(id: CheckId, value: number): Check {
  const inside = value <= 1.5;
  return {
    id,
    name: `Name of ${id}`,
    value,
    middle: 1,
    low: 0.8,
    high: 1.5,
    inside,
    light: inside ? 'good' : 'near',
    interval: [value - 0.1, value + 0.1],
    baselines: { gaussian: 3, copies: 500 },
    shown: `${value} units`,
    floorShown: '1 unit',
    says: `${id} is off by ${value}.`,
    advice: 'Train longer.',
  };
}

function group(attribute: string, value: string, energy: number): GroupResult {
  return {
    attribute,
    value,
    heldOut: 30,
    synthetic: 31,
    measures: { energy, zeros: 4 },
    intervals: { energy: [energy / 2, 2 * energy] },
    floor: { energy: { mean: 0.2, low: 0.1, high: 0.3, draws: 40 } },
    baselines: { classNb: { energy: 1.5 } },
  };
}

const verdict: Verdict = {
  key: 'k',
  complete: true,
  decided: true,
  cells: { heldOut: 140, training: 560, synthetic: 140 },
  genes: 765,
  headline: 'Close to real, one gap',
  sentence: '1 of 2 checks are as good as one half of the real cells against the other.',
  numbers: 'Two sets of real cells differ by 0.20, these by 0.33.',
  fitFor: 'Fit for teaching.',
  weakest: 'Weakest: Dendritic, 1.9× its own floor.',
  advice: ['Train longer.'],
  passed: 1,
  checks: [check('zeros', 1.2), check('copies', 2)],
  measures: { zeros: 1.2, copies: 2 },
  intervals: { zeros: [1.1, 1.4] },
  floor: { zeros: { mean: 1, low: 0.8, high: 1.5, draws: 40 } },
  baselines: { gaussian: { zeros: 3 } },
  hits: { type: { synthetic: 0.9, interval: [0.8, 1], real: 0.95, baselines: { copies: 1 } } },
  groups: [group('type', 'B', 0.3), group('type', 'Dendritic', 0.9), group('state', 'on', 0.2)],
  unseen: [
    {
      value: 'B × on',
      heldOut: 40,
      synthetic: 40,
      energy: 0.4,
      interval: [0.3, 0.5],
      floor: { mean: 0.2, low: 0.1, high: 0.3, draws: 20 },
      hits: 0.8,
      realHits: 0.9,
      nearest: 0.9,
      shifted: 0.5,
    },
  ],
  paper: null,
  seconds: 3.4,
  notes: [],
};

const curves: Curves = {
  attributes: ['type'],
  choices: [
    {
      codes: [1],
      value: 'B',
      realCells: 90,
      cells: 45,
      floor: { mean: 0.3, low: 0.2, high: 0.4, draws: 20 },
      realHits: [0.95],
    },
  ],
  points: [
    { weight: 0, hits: 0.3, distance: 2 },
    { weight: 1, hits: 0.8, distance: 0.4 },
    { weight: 2, hits: 0.96, distance: 0.5 },
    { weight: 4, hits: 1, distance: 1.4 },
  ].map(({ weight, hits, distance }) => ({
    choice: 0,
    attribute: 0,
    weight,
    hits: [hits],
    hitInterval: [hits - 0.1, 1],
    distance,
    distanceInterval: [distance - 0.1, distance + 0.1],
    diversity: 1,
  })),
};

const show = () =>
  render(
    <MantineProvider>
      <VerdictView />
      <BottomBar />
    </MantineProvider>,
  );

beforeEach(() => {
  studio.setState(initialState, true);
  vi.clearAllMocks();
});
afterEach(cleanup);

describe('the verdict drawer', () => {
  it('says what is missing before a model', () => {
    show();
    expect(screen.getByText('Nothing to check yet')).toBeTruthy();
  });

  it('shows progress that can be cancelled', () => {
    patch('model', { status: 'ready' });
    patch('verdict', { status: 'running', doing: 'Real against real', share: 0.4 });
    show();
    expect(screen.getByRole('progressbar', { name: 'Check' }).getAttribute('aria-valuenow')).toBe(
      '40',
    );
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(actions.stopCheck).toHaveBeenCalledOnce();
  });

  it('puts the sentence first, names the gap and draws the pips', () => {
    patch('model', { status: 'ready' });
    patch('verdict', { status: 'ready', result: verdict });
    show();
    expect(screen.getByText('Close to real, one gap')).toBeTruthy();
    expect(screen.getByText('copies is off by 2.')).toBeTruthy();
    expect(screen.queryByText('zeros is off by 1.2.')).toBeNull();
    const tab = screen.getByRole('tab', { name: /^Verdict/ });
    expect(tab.textContent).toBe('Verdict1 of 2');
    expect(tab.querySelectorAll('.pip.out')).toHaveLength(1);
    expect(screen.getByText(/^Two sets of real cells differ by 0.20/)).toBeTruthy();
    expect(screen.getByText(/^B × on \(40 real cells\): 0.4 from real cells/)).toBeTruthy();
    // The reason of every light: gaps at once, the others on request.
    expect(screen.getByText(/^Inside the floor: 1$/)).toBeTruthy();
    expect(screen.getByText(/^Name of \w+: .+, real cells .+\.$/)).toBeTruthy();
    const options = within(screen.getByRole('combobox', { name: 'Groups of cells' }));
    expect(options.getAllByRole('option').map((own) => own.textContent)).toEqual(['type', 'state']);
    fireEvent.click(screen.getByRole('radio', { name: 'Table' }));
    // The table takes the room of the types, so that the trivial methods have theirs.
    expect(screen.queryByRole('combobox', { name: 'Groups of cells' })).toBeNull();
    expect(screen.getAllByRole('columnheader')).toHaveLength(10);
    const row = within(screen.getByRole('row', { name: /Name of copies/ }));
    expect(row.getByText('outside')).toBeTruthy();
    expect(row.getByText('2.0× (1.9–2.1)')).toBeTruthy();
    expect(row.getByText('> 100×')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'CSV' }));
    expect(actions.exportVerdict).toHaveBeenCalledExactlyOnceWith(verdictCsv(verdict), 'csv');
  });

  it('folds many gaps away, so that what to do stays in sight', () => {
    const gaps = Array.from({ length: 3 }, (_, i) => ({ ...verdict.checks[0], id: (['zeros', 'library', 'hits'] as const)[i], inside: false, says: `Gap ${i}.` })); // prettier-ignore
    patch('model', { status: 'ready' });
    patch('verdict', { status: 'ready', result: { ...verdict, checks: gaps, advice: ['Do it.'] } });
    show();
    const list = screen.getByText('Outside the floor: 3').closest('details');
    expect(list?.open).toBe(false);
    expect(within(list as HTMLElement).getByText('Gap 1.')).toBeTruthy();
    expect(screen.getByText('Do it.').closest('details')).toBeNull();
    cleanup();
    patch('verdict', { result: { ...verdict, checks: gaps.slice(1) } });
    show();
    expect(screen.getByText('Outside the floor: 2').closest('details')?.open).toBe(true);
  });

  it('offers to go on when a check was stopped half-way', () => {
    patch('model', { status: 'ready' });
    patch('verdict', { status: 'stopped', result: { ...verdict, complete: false } });
    show();
    expect(screen.getByText('The check was stopped')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Check again' }));
    expect(actions.checkModel).toHaveBeenCalledOnce();
  });

  it('gives no headline on too few cells', () => {
    const few = { ...verdict, decided: false, headline: '', sentence: 'Too few held-out cells (41) for a fair check. 60 are needed.' }; // prettier-ignore
    patch('model', { status: 'ready' });
    patch('verdict', { status: 'ready', result: few });
    show();
    expect(screen.getByText(few.sentence)).toBeTruthy();
    expect(screen.queryByText('copies is off by 2.')).toBeNull();
    expect(screen.getByRole('tab', { name: 'Verdict' })).toBeTruthy();
  });
});

describe('exports', () => {
  it('writes one row a measure, of all cells and of every group', () => {
    const rows = verdictCsv(verdict).trim().split('\n');
    expect(rows[0].split(',').slice(0, 12)).toEqual([
      'attribute',
      'value',
      'held-out cells',
      'synthetic cells',
      'measure',
      'synthetic',
      'low',
      'high',
      'floor',
      'floor 5 %',
      'floor 95 %',
      'draws',
    ]);
    expect(rows[1]).toBe(
      ',all cells,140,140,"Zeros per cell, Wasserstein-1 (genes)",1.2,1.1,1.4,1,0.8,1.5,40,3,,,',
    );
    expect(rows).toContain(
      ',all cells,140,140,Recognised as asked: type (floor: held-out cells),0.9,0.8,1,0.95,,,,,,,1',
    );
    expect(rows).toContain(
      'type,Dendritic,30,31,Squared energy distance (PCA),0.9,0.45,1.8,0.2,0.1,0.3,40,,,1.5,',
    );
    expect(rows.at(-1)).toMatch(/^hidden from training,B × on,40,40,/);
    // Every row of the first table has as many fields as its head.
    const fields = (row: string) => row.replace(/"[^"]*"/g, 'x').split(',').length;
    const plain = rows.filter((row) => !row.startsWith('hidden'));
    expect(new Set(plain.map(fields))).toEqual(new Set([fields(rows[0])]));
  });

  it('keeps names from becoming markup in the report, and draws every figure', () => {
    const figures = verdictFigures(verdict, curves);
    expect(figures.groups.map(({ title }) => title)).toEqual(['type', 'state']);
    expect(figures.curves[0].figure.match(/<svg/g)).toHaveLength(3);
    const text = verdictReport(verdict, curves, '<b>file', figures);
    expect(text).not.toContain('<b>file');
    expect(text).toContain('&#60;b&#62;file');
    expect(text.match(/<svg[^>]*role="img"/g)?.length).toBeGreaterThanOrEqual(6);
    expect(text).toContain('Guidance weights');
    // A light with its reason for each check; everything about single types stands on the next page.
    expect(text.match(/<li class="(good|near|far)">/g)).toHaveLength(verdict.checks.length);
    expect(text.indexOf('class="next"')).toBeGreaterThan(text.indexOf('All cells'));
    expect(text.indexOf('Types and combinations')).toBeGreaterThan(text.indexOf('class="next"'));
  });
});

describe('guidance curves', () => {
  beforeEach(() => {
    const info = { attributes: [{ name: 'type', categories: ['A', 'B'], cells: [3, 4] }] };
    patch('model', { status: 'ready', info: info as unknown as ModelInfo });
    patch('verdict', { status: 'ready', result: verdict });
  });
  const open = () => {
    show();
    fireEvent.click(screen.getByRole('radio', { name: 'Weights' }));
  };

  it('are measured on request for the present choice', () => {
    open();
    expect(screen.getByText(/^for B, the most frequent/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Measure curves' }));
    expect(actions.drawCurves).toHaveBeenCalledOnce();
  });

  it('can be cancelled while they run', () => {
    patch('verdict', { curves: { status: 'running', doing: 'type at weight 2', done: 3, of: 7, curves: null } }); // prettier-ignore
    open();
    expect(screen.getByRole('progressbar', { name: 'Curves' }).getAttribute('aria-valuenow')).toBe('43'); // prettier-ignore
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(actions.stopCurves).toHaveBeenCalledOnce();
  });

  it('speak for a weight', () => {
    patch('verdict', { curves: { status: 'ready', doing: '', done: 7, of: 7, curves } });
    open();
    // Weight 2 reaches the real hit rate; weight 1 misses it; weight 4 lies farther away than the floor's width.
    fireEvent.click(screen.getByRole('button', { name: 'Use 2' }));
    expect(actions.setWeight).toHaveBeenCalledExactlyOnceWith('type', 2);
  });
});

it('places multiples on a log axis and keeps the rest at its ends', () => {
  const x = axis(0, 100);
  expect(x(0.5)).toBe(0);
  expect(x(24)).toBe(100);
  expect(x(2) - x(1)).toBeCloseTo(x(4) - x(2), 10);
  expect([x(0), x(1e9)]).toEqual([0, 100]);
});
