/** @file The map of a prediction as a figure: every cell in its place and colour, and marked as synthetic. */
import { afterEach, describe, expect, it } from 'vitest';
import { keepArray } from '../../state/array-registry.ts';
import {
  emptyPerturb,
  patchPerturb,
  perturbed,
  type ShownPrediction,
} from '../../state/perturb.ts';
import { emptyData, initialState, studio } from '../../state/store.ts';
import { buildPerturbFigure } from './perturb-figure.ts';
import { inkOn, parseColour, toOklab } from '../map/oklab.ts';
import { onGround, placesOnTheWay } from './perturb-scene.ts';

const prediction = {
  about: 'A in T cells',
  cells: 2,
  realCells: 1,
  report: {
    label: 'A',
    extrapolated: true,
    request: { members: ['A'], context: {}, cells: 2, seed: 7, weight: 1, composed: false },
  },
} as unknown as ShownPrediction;

afterEach(() => {
  studio.setState(initialState, true);
  perturbed.setState(emptyPerturb, true);
});

function fill(glide: number): void {
  const obs = [{ name: 'gene', kind: 'categorical', categories: ['NT', 'A'], cells: [3, 1], missing: 0, steerable: true, why: null, colours: ['#111111', '#00ff00'] }]; // prettier-ignore
  studio.setState({
    data: {
      ...emptyData,
      summary: { fileName: 'screen.h5ad', obs } as never,
      umap: keepArray(Float32Array.of(0, 0, 10, 10, 4, 6)),
      columns: { gene: keepArray(Int32Array.of(0, 0, 1)) },
    },
    model: { ...initialState.model, info: { id: 'm', fileName: 'screen.h5ad', screen: { attribute: 'gene' } } as never }, // prettier-ignore
  });
  patchPerturb({
    prediction,
    glide,
    places: {
      before: keepArray(Float32Array.of(0, 0, 0, 10)),
      after: keepArray(Float32Array.of(10, 0, 10, 10)),
      real: keepArray(Float32Array.of(4, 6)),
    },
  });
}

const textOf = (built: Awaited<ReturnType<typeof buildPerturbFigure>>): string =>
  (built?.svg ?? []).map(String).join('');

const circles = (svg: string, id: string): string[] => {
  const group = svg.slice(svg.indexOf(`<g id="${id}"`));
  return [...group.slice(0, group.indexOf('</g></g>')).matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => `${x} ${y}`); // prettier-ignore
};

describe('placesOnTheWay', () => {
  it('lies between before and after, and at after where nothing is known of before', () => {
    const after = Float32Array.of(10, 0);
    expect([...placesOnTheWay({ before: Float32Array.of(0, 4), after }, 0.25)]).toEqual([2.5, 3]);
    expect(placesOnTheWay({ before: null, after }, 0.25)).toBe(after);
  });
});

describe('buildPerturbFigure', () => {
  it('is none without a prediction', async () => {
    expect(await buildPerturbFigure('svg')).toBeNull();
  });

  it('draws the cells as the page does, and says what they are', async () => {
    fill(1);
    const built = await buildPerturbFigure('svg');
    const svg = textOf(built);
    // Real cells, and the one of the perturbation once more over them in the colour of the file.
    expect(circles(svg, 'real-cells')).toHaveLength(4);
    const synthetic = circles(svg, 'synthetic-cells');
    // On paper y points down: the two cells end under and over each other at the right.
    expect(synthetic).toHaveLength(2);
    expect(synthetic[0].split(' ')[0]).toBe(synthetic[1].split(' ')[0]);
    expect(svg).toContain('fill="#00ff00"');
    expect(built?.text.title).toBe('UMAP of 3 real (small) and 2 synthetic (ringed) cells, A in T cells'); // prettier-ignore
    expect(built?.text.caption).toContain('Extrapolation: no training cell has this set');
    expect(built?.text.caption).toContain('placed at the mean of their 3 nearest real cells');
    expect(built?.text.provenance).toMatchObject({ synthetic: true, seed: 7, extrapolated: true, syntheticCells: 2, shareOfTheWay: 1 }); // prettier-ignore
  });

  it('draws them where the slider is', async () => {
    fill(0);
    const built = await buildPerturbFigure('svg');
    const [first, second] = circles(textOf(built), 'synthetic-cells').map((at) => Number(at.split(' ')[0])); // prettier-ignore
    expect(first).toBe(second);
    expect(first).toBeLessThan(300);
    expect(built?.text.caption).toContain('drawn where their control cells are');
  });
});

describe('onGround', () => {
  it('lightens dark colours on a dark ground alone, and keeps their hue', () => {
    expect(onGround('#3e6102', false)).toBe('#3e6102');
    expect(onGround('#e69f00', true)).toBe('#e69f00');
    expect(onGround('', true)).toBe('');
    const light = parseColour(onGround('#3e6102', true));
    const hue = (colour: readonly number[]): number => Math.atan2(colour[2], colour[1]);
    expect(toOklab(light)[0]).toBeCloseTo(0.62, 2);
    expect(hue(toOklab(light))).toBeCloseTo(hue(toOklab(parseColour('#3e6102'))), 1);
    expect(inkOn(light)).toBe('#000000');
  });
});
