/** @file The steps as a screen reader meets them: links in a navigation, one current, some off. */
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as actions from '../../state/actions/index.ts';
import { initialState, patch, studio } from '../../state/store.ts';
import { StepNav } from './StepNav.tsx';

vi.mock('../../state/actions/index.ts', () => ({ goTo: vi.fn(), togglePanel: vi.fn() }));

beforeEach(() => {
  studio.setState(initialState, true);
  vi.clearAllMocks();
});
afterEach(cleanup);

describe('StepNav', () => {
  it('holds six links and marks the current one', () => {
    patch('view', { step: 'data' });
    render(<StepNav />);
    const links = within(screen.getByRole('navigation', { name: 'Steps' })).getAllByRole('link');
    expect(links.map((link) => link.querySelector('.name')?.textContent)).toEqual([
      'Data',
      'Model',
      'Generate',
      'Check',
      'Export',
      'Apply',
    ]);
    expect(links.map((link) => link.getAttribute('aria-current'))).toEqual([
      'step',
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(links[2]?.getAttribute('aria-disabled')).toBe('true');
    expect(links[2]?.getAttribute('title')).toBe('After training');
  });

  it('goes nowhere from a step that is off', () => {
    render(<StepNav />);
    fireEvent.click(screen.getByRole('link', { name: /^Export/ }));
    expect(actions.goTo).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole('link', { name: /^Data/ }));
    expect(actions.goTo).toHaveBeenCalledExactlyOnceWith('data');
  });
});
