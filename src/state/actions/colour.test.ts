/** @file Colours of the file or of the page: which one a column is drawn in, and what is remembered of it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { coloursOf } from '../data-view.ts';
import { emptyData, get, initialState, studio } from '../store.ts';
import { setOwnColours } from './colour.ts';

const column = (name: string, cells: readonly number[], colours: readonly string[] | null) => ({ name, kind: 'category', categories: cells.map((_, i) => `${name} ${i}`), cells, colours }); // prettier-ignore

// the first three of Okabe and Ito, in the order in which the page gives them away
const [first, second, third] = ['#0072b2', '#e69f00', '#009e73'];
const own = ['#111111', '#222222', '#333333'];

beforeEach(() => {
  const obs = [
    column('type', [5, 9, 2], own),
    column('donor', [1, 2], ['#aaaaaa', '#bbbbbb']),
    column('phase', [3, 4], null),
    column('short', [3, 4], ['#cccccc']),
  ];
  studio.setState({
    ...initialState,
    data: { ...emptyData, summary: { obs } as unknown as typeof emptyData.summary },
  });
});

describe('colours of a column', () => {
  it('are those of the file, and ours by number of cells where it has none or too few', () => {
    expect(coloursOf('type')).toEqual(own);
    expect(coloursOf('phase')).toEqual([second, first]);
    expect(coloursOf('short')).toEqual([second, first]);
  });

  it('change for the chosen column alone, and back', () => {
    setOwnColours('type', true);
    expect(coloursOf('type')).toEqual([second, first, third]);
    expect(coloursOf('donor')).toEqual(['#aaaaaa', '#bbbbbb']);
    setOwnColours('donor', true);
    setOwnColours('type', false);
    expect(coloursOf('type')).toEqual(own);
    expect(coloursOf('donor')).toEqual([second, first]);
  });

  it('are remembered once, however often they were chosen', () => {
    for (let press = 0; press < 3; press += 1) setOwnColours('type', true);
    setOwnColours('donor', false);
    expect(get().data.ownColours).toEqual(['type']);
    setOwnColours('type', false);
    expect(get().data.ownColours).toEqual([]);
  });

  it('make a new list, so that what depends on it is drawn anew, and leave the summary alone', () => {
    const before = get().data;
    setOwnColours('type', true);
    expect(get().data.ownColours).not.toBe(before.ownColours);
    expect(get().data.summary).toBe(before.summary);
  });
});
