/** @file A loss curve on a canvas, drawn by uPlot: colours from the tokens, series named at their ends by text of the page. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ThemeTokens } from '../map/theme-tokens.ts';
import { tickText } from './histogram-bins.ts';
import {
  axisX,
  axisY,
  decimals,
  lastOf,
  lossRoom,
  lossTick,
  spreadLabels,
  type Axis,
} from './loss-series.ts';
import type { LossView } from './LossSvg.tsx';
import { inPlainMemory } from './plain-canvas.ts';

/** A drawn curve. */
export interface LossChart {
  /** Draws these points in a box of this size. */
  readonly show: (view: LossView) => void;
  readonly destroy: () => void;
}

/** What a chart is made with. */
export interface LossChartOptions {
  readonly tokens: ThemeTokens;
  /** Called with the x under the pointer, null when it leaves. */
  readonly onPoint: (x: number | null) => void;
}

/** Whether this browser draws on canvases; without one the curve is an SVG. */
export function drawsCanvas(): boolean {
  return document.createElement('canvas').getContext('2d') !== null;
}

function fontOf(host: HTMLElement): string {
  const { fontSize, fontFamily } = getComputedStyle(host);
  return `${fontSize} ${fontFamily}`;
}

function span(host: HTMLElement, className: string, text: string): HTMLSpanElement {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  host.append(element);
  return element;
}

/** Puts a text beside the end of a series; hides it when there is none. */
function place(label: HTMLElement, at: readonly [number, number] | null): void {
  label.hidden = at === null;
  if (at) label.style.transform = `translate(${at[0]}px, ${at[1]}px) translateY(-50%)`;
}

/** Begins a curve inside `host`, which must be positioned. Draws with the first `show`. */
export function createLossChart(host: HTMLElement, options: LossChartOptions): LossChart {
  const { css } = options.tokens;
  let view: LossView | null = null;
  let axes: { x: Axis; y: Axis } | null = null;
  let chart: uPlot | null = null;
  const unit = span(host, 'loss-unit', '');
  const training = span(host, 'end-label training', 'training');
  const heldOut = span(host, 'end-label', 'held-out');

  const upright = (u: uPlot, x: number, colour: string, dash: number[]): void => {
    const { ctx, bbox } = u;
    const at = Math.round(u.valToPos(x, 'x', true)) + 0.5;
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  };
  const afterDraw = (u: uPlot): void => {
    if (!view) return;
    const [xs, train, held] = view.columns;
    if (view.until !== null && xs.length > 0) upright(u, xs[xs.length - 1], css.floorLine, [2, 3]);
    if (view.reading !== null) upright(u, view.reading, css.ink, []);
    const ends = [lastOf(xs, train), lastOf(xs, held)];
    const y = ends.map((end) => (end ? u.valToPos(end.value, 'y') + lossRoom.top : 0));
    const [upper, lower] = ends[0] && ends[1] ? spreadLabels(y[0], y[1]) : y;
    const x =
      lossRoom.left + 7 + Math.max(...ends.map((end) => (end ? u.valToPos(end.at, 'x') : 0)));
    place(training, ends[0] && [x, upper]);
    place(heldOut, ends[1] && [x, lower]);
  };

  const begin = ({ width, height, counts, columns }: LossView): uPlot => {
    const font = fontOf(host);
    const shared = { stroke: css.ink2, font, labelFont: font };
    const range = (scale: 'x' | 'y') => (): uPlot.Range.MinMax => {
      const [low, high] = axes?.[scale].scale.domain() ?? [0, 1];
      return [low, high];
    };
    return new uPlot(
      {
        width,
        height,
        padding: [lossRoom.top, lossRoom.right, 0, 0],
        legend: { show: false },
        cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: { x: { time: false, range: range('x') }, y: { range: range('y') } },
        axes: [
          {
            ...shared,
            size: 18,
            gap: 4,
            label: counts,
            labelSize: lossRoom.bottom - 18,
            labelGap: 0,
            grid: { show: false },
            ticks: { stroke: css.lineStrong, width: 1, size: 3 },
            border: { show: true, stroke: css.lineStrong, width: 1 },
            splits: () => [...(axes?.x.ticks ?? [])],
            values: (_, ticks) => ticks.map(tickText),
          },
          {
            ...shared,
            size: lossRoom.left,
            gap: 6,
            grid: { stroke: css.line, width: 1 },
            ticks: { show: false },
            splits: () => [...(axes?.y.ticks ?? [])],
            values: (_, ticks) => ticks.map((tick) => lossTick(tick, decimals(ticks))),
          },
        ],
        series: [
          {},
          { stroke: css.accent, width: 1.75, points: { show: false }, spanGaps: true },
          { stroke: css.ink3, width: 1.5, dash: [4, 3], points: { show: false }, spanGaps: true },
        ],
        hooks: {
          draw: [afterDraw],
          setCursor: [
            (u) => {
              const { left = -1 } = u.cursor;
              options.onPoint(left < 0 ? null : u.posToVal(left, 'x'));
            },
          ],
        },
      },
      columns,
      host,
    );
  };

  return {
    show: (next) => {
      const { width, height, columns, until } = next;
      view = next;
      axes = {
        x: axisX(columns, until, [0, width - lossRoom.left - lossRoom.right]),
        y: axisY(columns, [height - lossRoom.top - lossRoom.bottom, 0]),
      };
      unit.textContent = next.unit;
      if (!chart) {
        chart = inPlainMemory(() => begin(next));
        return;
      }
      if (chart.width !== width || chart.height !== height) chart.setSize({ width, height });
      if (chart.data !== columns) chart.setData(columns);
      chart.redraw(false, true);
    },
    destroy: () => {
      chart?.destroy();
      for (const element of [unit, training, heldOut]) element.remove();
    },
  };
}
