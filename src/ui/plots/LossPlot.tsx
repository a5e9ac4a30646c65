/** @file One live loss curve: uPlot on a canvas, colours from tokens, series named at their ends. */
import { useEffect, useRef, type RefObject } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatNumber } from '../../state/format.ts';
import type { LossPoint } from '../../state/types.ts';
import { useThemeTokens, type ThemeTokens } from '../map/theme-tokens.ts';
import { lastOf, lossColumns, spreadLabels } from './loss-series.ts';
import { tickText } from './histogram-bins.ts';
import { useSize } from './use-size.ts';
import { useThrottled } from './use-throttled.ts';

/** Properties of a loss curve. */
export interface LossPlotProps {
  readonly name: string;
  /** What x counts: "epoch" or "step". */
  readonly counts: string;
  readonly unit: string;
  readonly points: readonly LossPoint[];
  /** End of the x axis while training runs, or null: the last point. */
  readonly until: number | null;
}

/** Curves are redrawn at most ten times a second. */
const interval = 100;
const roomForLabels = 58;

interface Labels {
  readonly training: RefObject<HTMLSpanElement | null>;
  readonly heldOut: RefObject<HTMLSpanElement | null>;
}

function lossText(value: number): string {
  return value >= 100 ? formatNumber(value) : value.toPrecision(3);
}

/** Decimals that tell the ticks of an axis apart, at most 3. */
export function decimals(ticks: readonly number[]): number {
  const exact = (digits: number): boolean =>
    ticks.every((tick) => Math.abs(tick - Number(tick.toFixed(digits))) < 1e-9);
  return [0, 1, 2].find(exact) ?? 3;
}

function placeLabels(plot: uPlot, labels: Labels): void {
  const [xs, train, heldOut] = plot.data;
  const first = lastOf(xs as number[], train as (number | null)[]);
  const second = lastOf(xs as number[], heldOut as (number | null)[]);
  const y = (value: number): number => plot.valToPos(value, 'y') + plot.over.offsetTop;
  const x = (at: number): number => plot.valToPos(at, 'x') + plot.over.offsetLeft;
  const [top, bottom] =
    first && second
      ? spreadLabels(y(first.value), y(second.value))
      : [first ? y(first.value) : 0, second ? y(second.value) : 0];
  const right = Math.max(first ? x(first.at) : 0, second ? x(second.at) : 0) + 7;
  const put = (label: HTMLSpanElement | null, present: boolean, at: number): void => {
    if (!label) return;
    label.style.visibility = present ? 'visible' : 'hidden';
    label.style.transform = `translate(${right}px, ${at - 8}px)`;
  };
  put(labels.training.current, first !== null, top);
  put(labels.heldOut.current, second !== null, bottom);
}

function drawPresent(plot: uPlot, colour: string, until: number | null): void {
  const xs = plot.data[0];
  if (until === null || xs.length === 0) return;
  const at = Math.round(plot.valToPos(xs[xs.length - 1], 'x', true)) + 0.5;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(at, bbox.top);
  ctx.lineTo(at, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function optionsOf(
  { css }: ThemeTokens,
  size: { readonly width: number; readonly height: number },
  counts: string,
  until: number | null,
  labels: Labels,
): uPlot.Options {
  const font = '11px Inter, "Inter Variable", system-ui, sans-serif';
  const axis = { stroke: css.ink2, font, ticks: { stroke: css.lineStrong, size: 3, width: 1 } };
  return {
    ...size,
    padding: [8, roomForLabels, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: {
        time: false,
        range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(until ?? high ?? 1, high ?? 1)],
      },
      y: { range: (_, low, high) => uPlot.rangeNum(low ?? 0, high ?? 1, 0.08, true) },
    },
    series: [
      {},
      { stroke: css.accent, width: 1.75, points: { show: false } },
      {
        stroke: css.ink3,
        width: 1.5,
        dash: [4, 3],
        spanGaps: true,
        points: { show: false },
      },
    ],
    axes: [
      {
        ...axis,
        grid: { show: false },
        border: { show: true, stroke: css.lineStrong, width: 1 },
        size: 20,
        gap: 3,
        space: 56,
        label: counts,
        labelSize: 14,
        labelGap: 0,
        labelFont: font,
        values: (_, splits) => splits.map(tickText),
      },
      {
        ...axis,
        ticks: { show: false },
        grid: { stroke: css.line, width: 1 },
        size: 48,
        gap: 6,
        space: 42,
        values: (_, splits) =>
          splits.map((value) =>
            value >= 100 ? formatNumber(value) : value.toFixed(decimals(splits)),
          ),
      },
    ],
    hooks: {
      draw: [
        (plot) => {
          drawPresent(plot, css.floorLine, until);
          placeLabels(plot, labels);
        },
      ],
    },
  };
}

/** The curve of training and held-out loss; the picture's name says the newest values. */
export function LossPlot({ name, counts, unit, points, until }: LossPlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const training = useRef<HTMLSpanElement>(null);
  const heldOut = useRef<HTMLSpanElement>(null);
  const plot = useRef<uPlot | null>(null);
  const tokens = useThemeTokens();
  const { width, height } = useSize(host);
  const shown = useThrottled(points, interval);
  const empty = shown.length === 0;

  useEffect(() => {
    const target = canvas.current;
    if (!target || width < 80 || height < 60) return undefined;
    const size = { width: Math.floor(width), height: Math.floor(height) };
    const labels = { training, heldOut };
    const made = new uPlot(optionsOf(tokens, size, counts, until, labels), [[], [], []], target);
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [tokens, width, height, counts, until]);

  useEffect(() => {
    plot.current?.setData(lossColumns(shown));
  }, [shown, tokens, width, height, counts, until]);

  return (
    <div
      className="loss-plot"
      ref={host}
      role="img"
      aria-label={curveName(name, counts, unit, shown)}
    >
      <div ref={canvas} style={{ visibility: empty ? 'hidden' : 'visible' }} />
      <span className="end-label training" ref={training} aria-hidden="true" hidden={empty}>
        training
      </span>
      <span className="end-label" ref={heldOut} aria-hidden="true" hidden={empty}>
        held-out
      </span>
      {empty && <p className="wait">Not begun yet.</p>}
    </div>
  );
}

/** The curve in words: "Autoencoder loss by epoch: training 2,084, held-out 2,130 nats per cell at epoch 62". */
export function curveName(
  name: string,
  counts: string,
  unit: string,
  points: readonly LossPoint[],
): string {
  const last = points.at(-1);
  if (!last) return `${name} loss by ${counts}: not begun yet`;
  const measured = points.findLast(({ heldOut }) => heldOut !== null)?.heldOut ?? null;
  const held = measured === null ? '' : `, held-out ${lossText(measured)}`;
  return `${name} loss by ${counts}: training ${lossText(last.train)}${held} ${unit} at ${counts} ${formatNumber(last.at)}`;
}
