/** @file The Verdict drawer in its states: waiting, running, judged, too few cells; and what leaves it as text. */
import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Check, CheckId, Verdict } from '../../protocol/judge.ts';
import * as actions from '../../state/actions/index.ts';
import { initialState, patch, studio } from '../../state/store.ts';
import { BottomBar } from '../frame/BottomBar.tsx';
import { axis } from './floor-scale.ts';
import { verdictCsv, verdictReport } from './verdict-exports.ts';
import { VerdictView } from './VerdictView.tsx';

vi.mock('../../state/actions/index.ts', () => ({
  checkModel: vi.fn(),
  exportVerdict: vi.fn(),
  stopCheck: vi.fn(),
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

const verdict: Verdict = {
  key: 'k',
  complete: true,
  decided: true,
  cells: { heldOut: 140, training: 560, synthetic: 140 },
  genes: 765,
  headline: 'Close to real, one gap',
  sentence: '1 of 2 checks are as good as one half of the real cells against the other.',
  fitFor: 'Fit for teaching.',
  weakest: 'Weakest: Dendritic, 1.9× its own floor.',
  advice: ['Train longer.'],
  passed: 1,
  checks: [check('zeros', 1.2), check('copies', 2)],
  measures: { zeros: 1.2, copies: 2 },
  floor: { zeros: { mean: 1, low: 0.8, high: 1.5, draws: 40 } },
  baselines: { gaussian: { zeros: 3 } },
  hits: {},
  groups: [],
  seconds: 3.4,
  notes: [],
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
    fireEvent.click(screen.getByRole('button', { name: 'Show as table' }));
    const row = within(screen.getByRole('row', { name: /Name of copies/ }));
    expect(row.getByText('outside')).toBeTruthy();
    expect(row.getByText('2.0× (1.9×–2.1×)')).toBeTruthy();
    expect(row.getByText('> 100×')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'CSV' }));
    expect(actions.exportVerdict).toHaveBeenCalledExactlyOnceWith(verdictCsv(verdict), 'csv');
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
  it('writes one row a measure', () => {
    const [head, zeros] = verdictCsv(verdict).split('\n');
    expect(head.split(',').slice(0, 6)).toEqual([
      'measure',
      'synthetic',
      'floor',
      'floor 5 %',
      'floor 95 %',
      'draws',
    ]);
    expect(zeros).toBe('"Zeros per cell, Wasserstein-1 (genes)",1.2,1,0.8,1.5,40,3,,,');
  });

  it('keeps names from becoming markup in the report', () => {
    const text = verdictReport(verdict, '<b>file', '<svg></svg>');
    expect(text).not.toContain('<b>file');
    expect(text).toContain('&#60;b&#62;file');
    expect(text).toContain('<svg></svg>');
  });
});

it('places multiples on a log axis and keeps the rest at its ends', () => {
  const x = axis(0, 100);
  expect(x(0.5)).toBe(0);
  expect(x(24)).toBe(100);
  expect(x(2) - x(1)).toBeCloseTo(x(4) - x(2), 10);
  expect([x(0), x(1e9)]).toEqual([0, 100]);
});
