import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import type { LossPoint } from '../../state/types.ts';
import { LossPlot } from './LossPlot.tsx';

class FixedSize implements ResizeObserver {
  constructor(private readonly callback: ResizeObserverCallback) {}
  observe(): void {
    const contentRect = new DOMRect(0, 0, 400, 240);
    this.callback([{ contentRect } as unknown as ResizeObserverEntry], this);
  }
  unobserve(): void {}
  disconnect(): void {}
}

function show(points: readonly LossPoint[], until: number | null): SVGSVGElement | null {
  globalThis.ResizeObserver = FixedSize;
  const { container } = render(
    <LossPlot name="Flow" counts="step" unit="mse" points={points} until={until} />,
  );
  return container.querySelector('svg');
}

const points: LossPoint[] = [
  { at: 0, train: 2, heldOut: null },
  { at: 50, train: 1.5, heldOut: 1.25 },
  { at: 100, train: 1, heldOut: 1.1 },
];

describe('loss plot', () => {
  afterEach(cleanup);

  it('says that nothing has begun', () => {
    expect(show([], 100)).toBeNull();
    expect(screen.getByRole('img', { name: 'Flow loss by step: not begun yet' })).toBeTruthy();
  });

  it('draws both curves from left to right, with names at their ends', () => {
    const svg = show(points, null);
    const xs = (name: string): number[] =>
      [
        ...(svg?.querySelector(`path.${name}`)?.getAttribute('d') ?? '').matchAll(/[ML]([\d.]+),/g),
      ].map(([, x]) => Number(x));
    // The box reaches from 48 to 400 − 58; points lie at 0, a half and the whole of it.
    expect(xs('training')).toEqual([48, 195, 342]);
    expect(xs('held-out')).toEqual([195, 342]);
    expect(svg?.textContent).toContain('training');
    expect(svg?.textContent).toContain('held-out');
    expect(svg?.querySelector('.present')).toBeNull();
  });

  it('dots the present while training runs', () => {
    const svg = show(points, 200);
    expect(Number(svg?.querySelector('.present')?.getAttribute('x1'))).toBeCloseTo(195.5, 6);
  });

  it('leaves the name of a series out that has no point', () => {
    expect(show(points.slice(0, 1), 100)?.textContent).not.toContain('held-out');
  });

  it('keeps up with new points', async () => {
    globalThis.ResizeObserver = FixedSize;
    const plot = (some: LossPoint[]) => (
      <LossPlot name="Flow" counts="step" unit="mse" points={some} until={null} />
    );
    const { rerender } = render(plot(points.slice(0, 2)));
    rerender(plot(points));
    await act(() => new Promise((resolve) => setTimeout(resolve, 250)));
    expect(screen.getByRole('img', { name: /held-out 1.10 mse at step 100/ })).toBeTruthy();
  });
});
