/** @file The ruler: its name and words, its keys, its rest at 1. */
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Ruler, snapWeight } from './Ruler.tsx';

afterEach(cleanup);

function renderRuler(weight: number) {
  const onChange = vi.fn<(weight: number) => void>();
  render(<Ruler attribute="cell_type" weight={weight} onChange={onChange} />);
  const slider = screen.getByRole('slider', { name: 'Guidance weight for cell_type' });
  return { slider, onChange };
}

describe('Ruler', () => {
  it.each([
    [0, '0.0, ignored'],
    [0.4, '0.4, weakened'],
    [1, '1.0, as learnt'],
    [1.8, '1.8, exaggerated'],
  ])('says %s as "%s"', (weight, text) => {
    expect(renderRuler(weight).slider.getAttribute('aria-valuetext')).toBe(text);
  });

  it.each([
    ['ArrowRight', 1.9],
    ['ArrowUp', 1.9],
    ['ArrowLeft', 1.7],
    ['ArrowDown', 1.7],
    ['PageUp', 2.3],
    ['PageDown', 1.3],
    ['Home', 0],
    ['End', 4],
    ['Backspace', 1],
  ])('moves by %s from 1.8 to %s', (key, expected) => {
    const { slider, onChange } = renderRuler(1.8);
    fireEvent.keyDown(slider, { key });
    expect(onChange).toHaveBeenCalledExactlyOnceWith(expected);
  });

  it('stays inside 0 to 4', () => {
    const { slider, onChange } = renderRuler(4);
    fireEvent.keyDown(slider, { key: 'ArrowRight' });
    fireEvent.keyDown(slider, { key: 'PageUp' });
    expect(onChange.mock.calls).toEqual([[4], [4]]);
  });

  it('leaves other keys to the page', () => {
    const { slider, onChange } = renderRuler(1);
    expect(fireEvent.keyDown(slider, { key: 'g' })).toBe(true);
    expect(onChange).not.toHaveBeenCalled();
  });

  it('rests at 1 while it is dragged past', () => {
    const { slider, onChange } = renderRuler(1.2);
    fireEvent.pointerDown(slider);
    fireEvent.change(slider, { target: { value: '1.05' } });
    fireEvent.change(slider, { target: { value: '0.95' } });
    fireEvent.change(slider, { target: { value: '0.85' } });
    const [first, second, third] = onChange.mock.calls.map(([weight]) => weight);
    expect([first, second]).toEqual([1, 1]);
    expect(third).toBeCloseTo(0.9, 10);
  });

  it('goes back to 1 on a double click', () => {
    const { slider, onChange } = renderRuler(3.3);
    fireEvent.doubleClick(slider);
    expect(onChange).toHaveBeenCalledWith(1);
  });

  it('keeps weights on tenths', () => {
    expect(snapWeight(0.1 + 0.2)).toBe(0.3);
    expect(snapWeight(-1)).toBe(0);
    expect(snapWeight(7)).toBe(4);
  });
});
