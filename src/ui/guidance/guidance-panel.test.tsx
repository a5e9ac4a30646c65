/** @file The Guidance panel: the names that tests and screen readers rely on, real cells in the lists, the grid. */
import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelInfo } from '../../protocol/model.ts';
import * as actions from '../../state/actions/index.ts';
import { initialState, patch, studio } from '../../state/store.ts';
import { GuidancePanel } from './GuidancePanel.tsx';

vi.mock('../../state/actions/index.ts', () => ({
  generate: vi.fn(),
  newSeed: vi.fn(),
  openExport: vi.fn(),
  resetGuidance: vi.fn(),
  setCells: vi.fn(),
  setLibrary: vi.fn(),
  setLive: vi.fn(),
  setSeed: vi.fn(),
  setValue: vi.fn(),
  setValues: vi.fn(),
  setWeight: vi.fn(),
}));

// row-major over (cell_type, phase): B G1 3, B S 1, B G2M 0, T G1 10, T S 5, T G2M 2
const info: ModelInfo = {
  id: 'm',
  model: 'cfgen',
  recipe: 'recommended',
  fileName: 'blood.h5ad',
  sourceShape: [21, 9],
  nGenes: 9,
  latentDim: 4,
  attributes: [
    { name: 'cell_type', categories: ['B', 'T'], cells: [4, 17] },
    { name: 'phase', categories: ['G1', 'S', 'G2M'], cells: [13, 6, 2] },
  ],
  combinations: [3, 1, 0, 10, 5, 2],
  trainingCells: 21,
  heldOutCells: 2,
  seed: 0,
  autoencoderLoss: 10,
  autoencoderEpoch: 1,
  flowLoss: 1,
  flowStep: 1,
  seconds: 1,
  device: 'CPU',
  trainedAt: '2025-01-01T00:00:00Z',
  stoppedEarly: false,
  bytes: 1,
};

function show(terms: Record<string, { value: string | null; weight: number }>): void {
  patch('model', { status: 'ready', info, origin: 'trained', realHits: { cell_type: 0.97 } });
  patch('guidance', { terms });
  patch('synthetic', {
    status: 'ready',
    sampleId: 1,
    cells: 300,
    milliseconds: 38,
    hits: { cell_type: 0.95, phase: null },
  });
  render(
    <MantineProvider env="test">
      <GuidancePanel />
    </MantineProvider>,
  );
}

beforeEach(() => {
  studio.setState(initialState, true);
  vi.clearAllMocks();
});
afterEach(cleanup);

const asLearnt = { cell_type: { value: null, weight: 1 }, phase: { value: null, weight: 1 } };

describe('Guidance panel', () => {
  it('names every control', () => {
    show(asLearnt);
    for (const attribute of ['cell_type', 'phase']) {
      expect(screen.getByRole('combobox', { name: `Value of ${attribute}` })).toBeTruthy();
      expect(screen.getByRole('slider', { name: `Guidance weight for ${attribute}` })).toBeTruthy();
    }
    expect(screen.getByRole('spinbutton', { name: 'Number of cells' })).toBeTruthy();
    expect(screen.getByRole('spinbutton', { name: 'Seed' })).toBeTruthy();
    expect(screen.getByRole('combobox', { name: 'Library size' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Generate' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Export cells' })).toBeTruthy();
    expect(screen.getByText('38 ms')).toBeTruthy();
  });

  it('reads the hit rate with the real cells beside it, and hides it where there is none', () => {
    show(asLearnt);
    const meter = screen.getByRole('meter', { name: 'Hit rate for cell_type' });
    expect(meter.getAttribute('aria-valuetext')).toBe(
      '95\u2009% of synthetic cells, 97\u2009% of real cells',
    );
    expect(screen.queryByRole('meter', { name: 'Hit rate for phase' })).toBeNull();
  });

  it('lists values with real cells, amber where none has the other choice', async () => {
    show({ ...asLearnt, phase: { value: 'G2M', weight: 1 } });
    fireEvent.click(screen.getByRole('combobox', { name: 'Value of cell_type' }));
    const list = await screen.findByRole('listbox', { name: 'Value of cell_type' });
    expect(
      within(list)
        .getAllByRole('option')
        .map((option) => option.textContent),
    ).toEqual(['All, as in the data21 real cells', 'Bnone with G2M', 'T17 real cells']);
    fireEvent.click(within(list).getByRole('option', { name: /^T/ }));
    expect(actions.setValue).toHaveBeenCalledExactlyOnceWith('cell_type', 'T');
  });

  it('filters the list by what is typed', async () => {
    show(asLearnt);
    const field = screen.getByRole('combobox', { name: 'Value of phase' });
    fireEvent.change(field, { target: { value: 'g2' } });
    const list = await screen.findByRole('listbox', { name: 'Value of phase' });
    expect(within(list).getAllByRole('option')).toHaveLength(1);
    fireEvent.change(field, { target: { value: 'xyz' } });
    expect(within(list).getByText('Nothing found for ‘xyz’.')).toBeTruthy();
  });

  it('warns of a combination that no real cell has, unless one of the two is ignored', () => {
    show({ cell_type: { value: 'B', weight: 2 }, phase: { value: 'G2M', weight: 1 } });
    expect(screen.getByText('Extrapolation.').parentElement?.textContent).toContain(
      'No real cell is both B and G2M. These cells cannot be checked against real ones.',
    );
    cleanup();
    show({ cell_type: { value: 'B', weight: 2 }, phase: { value: 'G2M', weight: 0 } });
    expect(screen.queryByText('Extrapolation.')).toBeNull();
  });

  it('says that weights count together where a faithful scLDM learnt its labels so', () => {
    const words = /the mean of their weights counts/;
    show({});
    expect(screen.queryByText(words)).toBeNull();
    cleanup();
    patch('model', { info: { ...info, model: 'scldm', recipe: 'faithful' } });
    render(
      <MantineProvider env="test">
        <GuidancePanel />
      </MantineProvider>,
    );
    expect(screen.getByText(words)).toBeTruthy();
  });

  it('warns of strong weights only', () => {
    show({ ...asLearnt, phase: { value: 'S', weight: 2.5 } });
    expect(screen.queryByText(/more alike/)).toBeNull();
    cleanup();
    show({ ...asLearnt, phase: { value: 'S', weight: 3.4 } });
    expect(screen.getByText('Weight 3.4: cells become more alike than real ones.')).toBeTruthy();
  });

  it('takes a weight as a number, and refuses what is not one', () => {
    show(asLearnt);
    const field = screen.getByRole('textbox', { name: 'Weight for phase, number' });
    fireEvent.change(field, { target: { value: '2,4' } });
    fireEvent.blur(field);
    expect(actions.setWeight).toHaveBeenCalledExactlyOnceWith('phase', 2.4);
    fireEvent.change(field, { target: { value: '9' } });
    expect(field.getAttribute('aria-invalid')).toBe('true');
    fireEvent.blur(field);
    expect(actions.setWeight).toHaveBeenCalledOnce();
  });

  it('says what to do without a model', () => {
    render(
      <MantineProvider env="test">
        <GuidancePanel />
      </MantineProvider>,
    );
    expect(screen.getByText('No model yet')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Generate' })).toBeNull();
  });
});

describe('Together', () => {
  it('counts the real cells of each combination and says which have none', () => {
    show(asLearnt);
    const grid = screen.getByRole('grid', { name: 'Real cells for each combination' });
    expect(
      within(grid)
        .getAllByRole('gridcell')
        .map((cell) => cell.getAttribute('aria-label')),
    ).toEqual([
      'G1, B: 3 real cells',
      'S, B: 1 real cell',
      'G2M, B: no real cells',
      'G1, T: 10 real cells',
      'S, T: 5 real cells',
      'G2M, T: 2 real cells',
    ]);
    expect(screen.getByText('5 of 6 have real cells')).toBeTruthy();
  });

  it('chooses both values on a click', () => {
    show(asLearnt);
    fireEvent.click(screen.getByRole('gridcell', { name: 'S, T: 5 real cells' }));
    expect(actions.setValues).toHaveBeenCalledExactlyOnceWith({ phase: 'S', cell_type: 'T' });
  });

  it('moves with the arrow keys and stops at the edges', () => {
    show({ cell_type: { value: 'B', weight: 1 }, phase: { value: 'G1', weight: 1 } });
    const start = screen.getByRole('gridcell', { selected: true });
    expect(start.getAttribute('aria-label')).toBe('G1, B: 3 real cells');
    start.focus();
    for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowDown', 'ArrowDown']) {
      fireEvent.keyDown(document.activeElement ?? start, { key });
    }
    expect(document.activeElement?.getAttribute('aria-label')).toBe('S, T: 5 real cells');
  });
});

describe('Value of an attribute, by keyboard', () => {
  it('takes the first match on Enter, and a full label on leaving', () => {
    show(asLearnt);
    const field = screen.getByRole('combobox', { name: 'Value of phase' });
    fireEvent.change(field, { target: { value: 'g2' } });
    fireEvent.keyDown(field, { key: 'Enter', code: 'Enter' });
    fireEvent.change(field, { target: { value: 's' } });
    fireEvent.blur(field);
    fireEvent.change(field, { target: { value: 'G' } });
    fireEvent.blur(field);
    expect(vi.mocked(actions.setValue).mock.calls).toEqual([
      ['phase', 'G2M'],
      ['phase', 'S'],
    ]);
  });
});
