import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { coloursOf } from '../../state/data-view.ts';
import { emptyData, get, initialState, studio } from '../../state/store.ts';
import { PaletteNote } from './PaletteNote.tsx';

const red = '#d05a3a';
const green = '#7f8c2e';

function open(colours: readonly string[]): void {
  const column = { name: 'type', kind: 'category', categories: ['T', 'B', 'NK'], cells: [9, 5, 2] };
  studio.setState({
    ...initialState,
    data: {
      ...emptyData,
      summary: { obs: [{ ...column, colours }] } as unknown as typeof emptyData.summary,
    },
  });
  render(<PaletteNote column="type" />);
}

describe('note on the colours of a file', () => {
  beforeEach(cleanup);
  afterEach(cleanup);

  it('names the two that red-green blindness joins, and changes nothing by itself', () => {
    open(['#0072b2', red, green]);
    expect(screen.getByText(/B and NK look alike to red-green colour-blind eyes/)).toBeTruthy();
    expect(coloursOf('type', get().data)).toEqual(['#0072b2', red, green]);
  });

  it('puts ours in their place on one press, and back on another', () => {
    open(['#0072b2', red, green]);
    fireEvent.click(screen.getByRole('button', { name: 'Use Cellsmith’s colours' }));
    // the palette's first colours go to the largest categories
    expect(coloursOf('type', get().data)).toEqual(['#0072b2', '#e69f00', '#009e73']);
    fireEvent.click(screen.getByRole('button', { name: 'Use the file’s colours' }));
    expect(coloursOf('type', get().data)).toEqual(['#0072b2', red, green]);
  });

  it('is absent when the colours can be told apart', () => {
    open(['#0072b2', '#e69f00', '#009e73']);
    expect(screen.queryByRole('button')).toBeNull();
  });
});
