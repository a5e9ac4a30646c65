/** @file What stands in place of the map's tools while the cells of a use lie over the map. */
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applied, emptyApply, getApply, patchApply, type GlidePlaces } from '../../state/apply.ts';
import { initialState, patch, studio } from '../../state/store.ts';
import { GlideTools, useGlideShown } from './GlideMap.tsx';

const places: GlidePlaces = { rows: null, codes: null, column: null, before: null, after: 'a1', background: false }; // prettier-ignore

function Tools() {
  return useGlideShown() ? <GlideTools /> : <p>the map’s own tools</p>;
}

beforeEach(() => {
  studio.setState(initialState, true);
  applied.setState(emptyApply, true);
  patch('view', { step: 'apply' });
  patchApply({ use: 'correct', showMap: true, places: { correct: places } });
});
afterEach(cleanup);

describe('tools over the cells of a use', () => {
  it('name the use whose cells they are', () => {
    render(<Tools />);
    expect(screen.getByText('Batch correction: the cells of the result')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Back to the usual map' })).toBeTruthy();
  });

  it('lead back to the usual map', () => {
    render(<Tools />);
    fireEvent.click(screen.getByRole('button', { name: 'Back to the usual map' }));
    expect(getApply().showMap).toBe(false);
    expect(screen.getByText('the map’s own tools')).toBeTruthy();
  });

  it('are absent in other steps and where the open use has no cells yet', () => {
    patchApply({ use: 'impute' });
    const { unmount } = render(<Tools />);
    expect(screen.queryByRole('button')).toBeNull();
    unmount();
    patchApply({ use: 'correct' });
    patch('view', { step: 'generate' });
    render(<Tools />);
    expect(screen.queryByRole('button')).toBeNull();
  });
});
