/** @file The foot under Data and Model: what keeps training from beginning, in words, and no Train while a model is on its way. */
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileSummary } from '../../protocol/dataset.ts';
import type { DeviceReport } from '../../protocol/model.ts';
import { initialState, patch, patchRoot, studio } from '../../state/store.ts';
import { TrainFoot } from './TrainFoot.tsx';

vi.mock('../../state/actions/index.ts', () => ({ goTo: vi.fn(), setTrainSettings: vi.fn(), train: vi.fn() })); // prettier-ignore
vi.mock('../../state/data-view.ts', () => ({ trainEstimate: () => 'About 2 min' }));

beforeEach(() => {
  studio.setState(initialState, true);
  patch('data', { status: 'ready', summary: { fileName: 'a.h5ad', obs: [] } as unknown as FileSummary }); // prettier-ignore
  patch('choices', { source: 'X' });
  patchRoot({ device: { kind: 'cpu', threads: 2 } as unknown as DeviceReport });
});
afterEach(cleanup);

const button = (): HTMLButtonElement => screen.getByRole('button', { name: 'Train' });

describe('TrainFoot', () => {
  it('offers to train where nothing is in the way', () => {
    render(<TrainFoot />);
    expect(button().disabled).toBe(false);
    expect(screen.getByText('About 2 min')).toBeTruthy();
  });

  it('does not while a kept model is being brought back, and says that', () => {
    patch('model', { status: 'loading', origin: 'restored' });
    render(<TrainFoot />);
    expect(button().disabled).toBe(true);
    expect(screen.getByText('The model is being brought back.')).toBeTruthy();
    expect(screen.queryByText('A model is being trained.')).toBeNull();
  });
});
