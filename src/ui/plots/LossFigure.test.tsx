import { MantineProvider } from '@mantine/core';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LossPoint } from '../../state/types.ts';
import { drawApart } from './draw-apart.ts';
import { LossOf } from './LossFigure.tsx';
import { lossColumns } from './loss-series.ts';
import { LossSvg } from './LossSvg.tsx';

class FixedSize implements ResizeObserver {
  constructor(private readonly callback: ResizeObserverCallback) {}
  observe(): void {
    const contentRect = new DOMRect(0, 0, 400, 240);
    this.callback([{ contentRect } as unknown as ResizeObserverEntry], this);
  }
  unobserve(): void {}
  disconnect(): void {}
}

function draw(points: readonly LossPoint[], until: number | null): SVGSVGElement | null {
  return drawApart(
    <LossSvg
      columns={lossColumns(points)}
      counts="step"
      unit="mse"
      until={until}
      reading={null}
      width={400}
      height={240}
    />,
  );
}

const figure = (some: readonly LossPoint[]) => (
  <MantineProvider>
    <LossOf name="Flow" counts="step" unit="mse" points={some} until={null} />
  </MantineProvider>
);

const points: LossPoint[] = [
  { at: 0, train: 2, heldOut: null },
  { at: 50, train: 1.5, heldOut: 1.25 },
  { at: 100, train: 1, heldOut: 1.1 },
];

describe('loss curve as SVG', () => {
  it('draws both curves from left to right, with names at their ends', () => {
    const svg = draw(points, null);
    const xs = (name: string): number[] =>
      [
        ...(svg?.querySelector(`path.${name}`)?.getAttribute('d') ?? '').matchAll(/[ML]([\d.]+),/g),
      ].map(([, x]) => Number(x));
    // The box reaches from 48 to 400 − 62; points lie at 0, a half and the whole of it.
    expect(xs('training')).toEqual([48, 193, 338]);
    expect(xs('held-out')).toEqual([193, 338]);
    expect(svg?.textContent).toContain('training');
    expect(svg?.textContent).toContain('held-out');
    expect(svg?.querySelector('.present')).toBeNull();
  });

  it('dots the present while training runs', () => {
    const svg = draw(points, 200);
    expect(Number(svg?.querySelector('.present')?.getAttribute('x1'))).toBeCloseTo(193.5, 6);
  });

  it('leaves the name of a series out that has no point', () => {
    expect(draw(points.slice(0, 1), 100)?.textContent).not.toContain('held-out');
  });
});

describe('loss figure', () => {
  beforeEach(() => {
    globalThis.ResizeObserver = FixedSize;
  });
  afterEach(cleanup);

  it('says that nothing has begun', () => {
    render(figure([]));
    expect(screen.getByRole('img', { name: 'Flow loss by step: not begun yet' })).toBeTruthy();
  });

  it('keeps its name up with new points', () => {
    const { rerender } = render(figure(points.slice(0, 2)));
    rerender(figure(points));
    expect(screen.getByRole('img', { name: /held-out 1.10 mse at step 100/ })).toBeTruthy();
  });

  it('is read by the arrow keys and shown as a table', () => {
    const { container } = render(figure(points));
    const box = screen.getByRole('img', { name: /^Flow loss/ });
    act(() => box.focus());
    fireEvent.keyDown(box, { key: 'End' });
    expect(container.querySelector('.plot-reading')?.textContent).toBe(
      'Step 100: training 1.00, held-out 1.10 mse.',
    );
    fireEvent.click(screen.getByRole('button', { name: 'Show as table' }));
    expect([...container.querySelectorAll('tbody tr')].map((row) => row.textContent)).toEqual([
      '02',
      '501.51.25',
      '10011.1',
    ]);
  });
});
