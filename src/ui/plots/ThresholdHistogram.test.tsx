import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Range } from '../../state/types.ts';
import { ThresholdHistogram, gripKey, rangeText } from './ThresholdHistogram.tsx';

/** Reports a width of 212 px at once: 200 px of axis. */
class FixedSize implements ResizeObserver {
  constructor(private readonly tell: ResizeObserverCallback) {}
  observe(): void {
    const contentRect = { width: 212, height: 74 } as DOMRectReadOnly;
    this.tell([{ contentRect } as ResizeObserverEntry], this);
  }
  unobserve(): void {}
  disconnect(): void {}
}

beforeAll(() => {
  globalThis.ResizeObserver = FixedSize;
});
afterEach(cleanup);

const values = Float32Array.from({ length: 1001 }, (_, index) => index);

function show(range: Range): ReturnType<typeof vi.fn<(range: Range) => void>> {
  const onChange = vi.fn<(range: Range) => void>();
  render(
    <ThresholdHistogram
      label="Genes per cell"
      values={values}
      log={false}
      range={range}
      onChange={onChange}
    />,
  );
  return onChange;
}

describe('threshold histogram', () => {
  it('has two sliders that say their value', () => {
    show({ min: 500, max: null });
    const low = screen.getByRole('slider', { name: 'Lowest genes per cell' });
    const high = screen.getByRole('slider', { name: 'Highest genes per cell' });
    expect(low.getAttribute('aria-valuenow')).toBe('500');
    expect(low.getAttribute('aria-valuetext')).toBe('500');
    expect(high.getAttribute('aria-valuetext')).toBe('no limit');
    expect(high.getAttribute('aria-valuenow')).toBe('1000');
    screen.getByText('from 500');
  });

  it('moves by keys, and gives a limit up at the end or by Backspace', () => {
    const onChange = show({ min: 500, max: null });
    const low = screen.getByRole('slider', { name: 'Lowest genes per cell' });
    fireEvent.keyDown(low, { key: 'ArrowRight' });
    expect(onChange).toHaveBeenLastCalledWith({ min: 510, max: null });
    fireEvent.keyDown(low, { key: 'PageDown' });
    expect(onChange).toHaveBeenLastCalledWith({ min: 400, max: null });
    fireEvent.keyDown(low, { key: 'Backspace' });
    expect(onChange).toHaveBeenLastCalledWith({ min: null, max: null });
    const high = screen.getByRole('slider', { name: 'Highest genes per cell' });
    fireEvent.keyDown(high, { key: 'ArrowLeft' });
    expect(onChange).toHaveBeenLastCalledWith({ min: 500, max: 990 });
  });

  it('does not let the grips cross', () => {
    const onChange = show({ min: 500, max: 505 });
    fireEvent.keyDown(screen.getByRole('slider', { name: 'Lowest genes per cell' }), {
      key: 'PageUp',
    });
    expect(onChange).toHaveBeenLastCalledWith({ min: 505, max: 505 });
  });

  it('draws the cut part lighter', () => {
    show({ min: 500, max: null });
    const bars = document.querySelectorAll('rect.bars');
    const cut = document.querySelectorAll('rect.bars.cut');
    expect(bars).toHaveLength(28);
    expect(cut).toHaveLength(14);
  });
});

describe('words and keys', () => {
  it('write ranges', () => {
    expect(rangeText({ min: 1100, max: 12_000 })).toBe('1,100 to 12,000');
    expect(rangeText({ min: null, max: 12 }, '%')).toBe('up to 12\u2009%');
    expect(rangeText({ min: null, max: null })).toBe('no limit');
  });

  it('leave other keys alone', () => {
    expect(gripKey('a', 0.5, 'min')).toBeUndefined();
    expect(gripKey('End', 0.5, 'max')).toBeNull();
    expect(gripKey('Home', 0.5, 'max')).toBe(0);
  });
});
