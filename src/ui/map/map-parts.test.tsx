import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepArray } from '../../state/array-registry.ts';
import { setGeneNames } from '../../state/gene-index.ts';
import { emptyData, emptySynthetic, initialState, studio } from '../../state/store.ts';
import type { DataState, SyntheticState } from '../../state/types.ts';
import { CellMap } from './CellMap.tsx';
import { FlowTimeBar, flowText, stepFrom } from './FlowTimeBar.tsx';
import { MapTools } from './MapTools.tsx';

const actions = vi.hoisted(() => ({
  soloCategory: vi.fn(),
  toggleCategory: vi.fn(),
  showAllCategories: vi.fn(),
  setOverlay: vi.fn(),
  setColourBy: vi.fn(),
  setGeneScale: vi.fn(),
  toggleLayer: vi.fn(),
  requestFit: vi.fn(),
  openDemo: vi.fn(),
  playFlow: vi.fn(),
  freezeFlow: vi.fn(),
  setFlowTime: vi.fn(),
}));
vi.mock('../../state/actions/index.ts', () => actions);

class NoSize implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

beforeAll(() => {
  globalThis.ResizeObserver = NoSize;
  Element.prototype.scrollIntoView = () => undefined;
});

function openFile(): DataState {
  return {
    ...emptyData,
    status: 'ready',
    origin: 'file',
    summary: {
      fileName: 'blood.h5ad',
      format: 'h5ad',
      parts: [],
      part: null,
      estimate: null,
      bytes: 10,
      nObs: 5,
      nVars: 3,
      obsNames: [],
      varNames: [],
      X: null,
      layers: [],
      raw: null,
      obs: [
        {
          name: 'cell_type',
          kind: 'categorical',
          categories: ['T', 'B'],
          cells: [2, 3],
          missing: 0,
          steerable: true,
          why: null,
          colours: null,
        },
      ],
      geneNames: [],
      obsm: {},
      maps: [],
      counts: [],
      chosen: 'X',
      proposed: [],
      warnings: [],
    },
    columns: { cell_type: keepArray(Int32Array.of(0, 0, 1, 1, 1)) },
    umap: keepArray(new Float32Array(10)),
  };
}

const synthetic = (): SyntheticState => ({
  ...emptySynthetic,
  status: 'ready',
  cells: 2,
  umap: keepArray(new Float32Array(4)),
  distance: keepArray(new Float32Array(2)),
  asked: { cell_type: keepArray(Int32Array.of(1, 0)) },
});

const show = (part: React.ReactNode): void => {
  render(<MantineProvider env="test">{part}</MantineProvider>);
};

beforeEach(() => {
  setGeneNames(['CD3D', 'CD19', 'ISG15']);
  studio.setState({
    ...initialState,
    data: openFile(),
    look: { overlay: 'umap', colourBy: { kind: 'obs', name: 'cell_type' } },
  });
});
afterEach(() => {
  cleanup();
  vi.clearAllMocks();
});

describe('map', () => {
  it('says clearly that it needs WebGL2, and keeps the legend', () => {
    show(<CellMap />);
    const map = screen.getByRole('region', { name: 'Map' });
    within(map).getByText('The map cannot be drawn here');
    expect(within(map).getAllByRole('row')).toHaveLength(4);
  });

  it('counts real and synthetic cells in the legend', () => {
    studio.setState({ synthetic: synthetic() });
    show(<CellMap />);
    const rows = within(screen.getByRole('table')).getAllByRole('row');
    expect(rows.map((row) => row.textContent)).toEqual([
      'cell_typerealsynthetic',
      'All cells52',
      'B31',
      'T21',
    ]);
  });

  it('shows one category alone by a click and switches it by Ctrl-click or Ctrl-Enter', () => {
    show(<CellMap />);
    const button = screen.getByRole('button', { name: 'B' });
    fireEvent.click(button);
    expect(actions.soloCategory).toHaveBeenCalledWith('cell_type', 'B');
    fireEvent.click(button, { ctrlKey: true });
    fireEvent.keyDown(button, { key: 'Enter', ctrlKey: true });
    expect(actions.toggleCategory).toHaveBeenCalledTimes(2);
    fireEvent.click(screen.getByRole('button', { name: 'All cells' }));
    expect(actions.showAllCategories).toHaveBeenCalledWith('cell_type');
    expect(button.getAttribute('aria-pressed')).toBe('true');
  });

  it('offers the PCA where synthetic cells are placed by neighbours', () => {
    studio.setState({ synthetic: synthetic() });
    show(<CellMap />);
    fireEvent.click(screen.getByRole('button', { name: 'Check on PCA' }));
    expect(actions.setOverlay).toHaveBeenCalledWith('pca');
  });
});

describe('map tools', () => {
  it('have the names others rely on; Synthetic only when there are such cells', () => {
    show(<MapTools />);
    const overlay = screen.getByRole('radiogroup', { name: 'Overlay' });
    expect(within(overlay).getByRole('radio', { name: 'UMAP' })).toHaveProperty('checked', true);
    fireEvent.click(within(overlay).getByRole('radio', { name: 'PCA' }));
    expect(actions.setOverlay).toHaveBeenCalledWith('pca');
    expect(screen.queryByRole('checkbox', { name: 'Synthetic' })).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Fit map' }));
    expect(actions.requestFit).toHaveBeenCalledOnce();
    cleanup();
    studio.setState({ synthetic: synthetic() });
    show(<MapTools />);
    fireEvent.click(screen.getByRole('checkbox', { name: 'Synthetic' }));
    expect(actions.toggleLayer).toHaveBeenCalledWith('synthetic');
  });

  it('choose among maps only where there is more than one', () => {
    const own = (maps: readonly string[], mapKey: string | null): void => {
      cleanup();
      const data = openFile();
      const summary = data.summary && { ...data.summary, maps };
      studio.setState({ data: { ...data, summary, mapKey } });
      show(<MapTools />);
    };
    own(['X_umap'], 'X_umap');
    expect(screen.queryByRole('combobox', { name: 'Map' })).toBeNull();
    own(['X_umap'], null);
    expect(screen.getByRole('combobox', { name: 'Map' })).toHaveProperty('value', 'Made here');
    own(['X_umap', 'X_tsne'], 'X_tsne');
    expect(screen.getByRole('combobox', { name: 'Map' })).toHaveProperty('value', 'X_tsne');
    expect(screen.getByRole('radio', { name: 't-SNE' })).toHaveProperty('checked', true);
  });

  it('find a gene by typing', async () => {
    show(<MapTools />);
    const pick = screen.getByRole('combobox', { name: 'Colour by' });
    expect(pick).toHaveProperty('value', 'cell_type');
    fireEvent.change(pick, { target: { value: 'isg' } });
    fireEvent.click(await screen.findByRole('option', { name: 'ISG15' }));
    expect(actions.setColourBy).toHaveBeenCalledWith({ kind: 'gene', name: 'ISG15' });
  });
});

describe('flow time', () => {
  it('is off without synthetic cells', () => {
    show(<FlowTimeBar />);
    expect(screen.getByRole('slider', { name: 'Flow time' })).toHaveProperty('disabled', true);
    expect(screen.getByRole('button', { name: 'Play flow' })).toHaveProperty('disabled', true);
  });

  it('plays, freezes and steps', () => {
    studio.setState((state) => ({
      synthetic: synthetic(),
      model: { ...state.model, status: 'ready' },
    }));
    show(<FlowTimeBar />);
    fireEvent.click(screen.getByRole('button', { name: 'Play flow' }));
    expect(actions.playFlow).toHaveBeenCalledWith(1);
    fireEvent.click(screen.getByRole('button', { name: 'Step back' }));
    expect(actions.setFlowTime).toHaveBeenCalledWith(0.95);
    expect(screen.getByRole('slider', { name: 'Flow time' }).getAttribute('aria-valuetext')).toBe(
      '1, finished cell',
    );
  });

  it('steps on its grid', () => {
    expect(stepFrom(0.46, 1)).toBe(0.5);
    expect(stepFrom(0.46, -1)).toBe(0.45);
    expect(stepFrom(0.45, -1)).toBe(0.4);
    expect(stepFrom(0.3, 1)).toBe(0.35);
    expect(stepFrom(1, 1)).toBe(1);
    expect(stepFrom(0.02, -1)).toBe(0);
    expect(stepFrom(0.2, 10)).toBe(0.7);
    expect([0, 0.46, 1].map((t) => flowText(t))).toEqual(['0, noise', '0.46', '1, finished cell']);
    expect(flowText(0, 'control')).toBe('0, control');
  });
});
