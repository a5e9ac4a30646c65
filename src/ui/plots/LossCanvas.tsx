/** @file A loss curve on the page: a canvas where there is one, else an SVG. */
import { useEffect, useRef, useState } from 'react';
import { useThemeTokens } from '../map/theme-tokens.ts';
import { createLossChart, drawsCanvas, type LossChart } from './loss-chart.ts';
import { LossSvg, type LossView } from './LossSvg.tsx';

/** Properties of the curve. */
export interface LossCanvasProps extends LossView {
  /** Called with the x under the pointer, null when it leaves. */
  readonly onPoint: (x: number | null) => void;
}

/** Draws anew when points, size, theme or the reading change. */
export function LossCanvas(props: LossCanvasProps) {
  const [canvas] = useState(drawsCanvas);
  return canvas ? <Chart {...props} /> : <LossSvg {...props} />;
}

function Chart({ onPoint, columns, counts, unit, until, reading, width, height }: LossCanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<LossChart | null>(null);
  const point = useRef(onPoint);
  const tokens = useThemeTokens();
  useEffect(() => {
    point.current = onPoint;
  }, [onPoint]);
  useEffect(() => {
    if (!host.current) return undefined;
    const made = createLossChart(host.current, { tokens, onPoint: (x) => point.current(x) });
    chart.current = made;
    return () => made.destroy();
  }, [tokens, counts]);
  useEffect(() => {
    chart.current?.show({ columns, counts, unit, until, reading, width, height });
  }, [tokens, columns, counts, unit, until, reading, width, height]);
  return <div className="loss-chart" ref={host} style={{ width, height }} />;
}
