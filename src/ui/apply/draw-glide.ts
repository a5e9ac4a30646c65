/** @file Draws gliding cells on a 2D canvas: up to some ten thousand points a frame. */
import type { ThemeTokens } from '../map/theme-tokens.ts';

/** What is drawn. */
export interface GlideScene {
  /** x and y in turn; null: the cells are drawn at their second place alone. */
  readonly before: Float32Array | null;
  readonly after: Float32Array;
  /** Category of each cell, −1 without one. */
  readonly codes: Int32Array | null;
  readonly names: readonly string[];
  readonly colours: readonly string[];
  /** Places of cells that stay, drawn grey. */
  readonly background: Float32Array | null;
  /** Places of real cells of the same kind, drawn fainter in the first colour; null: none. */
  readonly marked: Float32Array | null;
  /** Outline the cells as synthetic ones. */
  readonly ringed: boolean;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 26;
/** Legend's width, kept free at the left. */
const LEGEND = 190;

/** @param share 0 before, 1 after */
export function drawGlide(
  canvas: HTMLCanvasElement,
  scene: GlideScene,
  share: number,
  size: Size,
  tokens: ThemeTokens,
): void {
  const ratio = globalThis.devicePixelRatio || 1;
  if (canvas.width !== Math.round(size.width * ratio)) canvas.width = Math.round(size.width * ratio); // prettier-ignore
  if (canvas.height !== Math.round(size.height * ratio)) canvas.height = Math.round(size.height * ratio); // prettier-ignore
  // a canvas in plain memory: one on the GPU would wait for it
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  const place = placerOf(scene, size);
  if (scene.background) drawBackground(context, scene.background, place, tokens);
  if (scene.marked) drawMarked(context, scene.marked, scene.colours[0], place, tokens);
  drawCells(context, scene, share, place, tokens);
}

type Placer = (x: number, y: number) => readonly [number, number];

/** One scale for both maps and what lies behind them, so that only cells move. */
function placerOf({ before, after, background }: GlideScene, size: Size): Placer {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const all of [background, background ? null : before, background ? null : after]) {
    for (let i = 0; all && i < all.length; i += 2) {
      const [x, y] = [all[i] ?? NaN, all[i + 1] ?? NaN];
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
  }
  const legend = size.width > 2 * LEGEND ? LEGEND : MARGIN;
  const room = { width: size.width - legend - MARGIN, height: size.height - 2 * MARGIN };
  const span = [Math.max(1e-6, right - left), Math.max(1e-6, high - low)];
  const scale = Math.min(room.width / (span[0] ?? 1), room.height / (span[1] ?? 1));
  const x0 = legend + (room.width - scale * (right - left)) / 2;
  const y0 = MARGIN + (room.height - scale * (high - low)) / 2;
  return (x, y) => [x0 + (x - left) * scale, y0 + (high - y) * scale];
}

function drawBackground(
  context: CanvasRenderingContext2D,
  all: Float32Array,
  place: Placer,
  tokens: ThemeTokens,
): void {
  context.fillStyle = tokens.css.lineStrong;
  context.globalAlpha = 0.45;
  for (let i = 0; i < all.length; i += 2) {
    const [x, y] = place(all[i] ?? 0, all[i + 1] ?? 0);
    context.fillRect(x - 1, y - 1, 2, 2);
  }
  context.globalAlpha = 1;
}

function drawMarked(
  context: CanvasRenderingContext2D,
  all: Float32Array,
  colour: string | undefined,
  place: Placer,
  tokens: ThemeTokens,
): void {
  context.fillStyle = colour ?? tokens.css.accent;
  context.globalAlpha = tokens.dark ? 0.6 : 0.45;
  for (let i = 0; i < all.length; i += 2) {
    const [x, y] = place(all[i] ?? 0, all[i + 1] ?? 0);
    context.beginPath();
    context.arc(x, y, all.length > 4000 ? 1.5 : 2.4, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

function drawCells(
  context: CanvasRenderingContext2D,
  scene: GlideScene,
  share: number,
  place: Placer,
  tokens: ThemeTokens,
): void {
  const { before, after, codes, colours, ringed } = scene;
  const cells = after.length / 2;
  const radius = cells > 3000 ? 1.5 : cells > 1000 ? 2 : 2.8;
  // so small that nobody sees the corners, and several times as quick
  const square = cells > 3000 && !ringed;
  context.globalAlpha = ringed ? 1 : tokens.dark ? 0.75 : 0.62;
  context.strokeStyle = tokens.css.ring;
  context.lineWidth = 0.8;
  for (let i = 0; i < cells; i += 1) {
    const from = before ?? after;
    const [ax, ay] = [from[2 * i] ?? 0, from[2 * i + 1] ?? 0];
    const x = ax + ((after[2 * i] ?? 0) - ax) * share;
    const y = ay + ((after[2 * i + 1] ?? 0) - ay) * share;
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    const [px, py] = place(x, y);
    const code = codes?.[i] ?? -1;
    context.fillStyle = (code >= 0 ? colours[code] : undefined) ?? tokens.css.accent;
    if (square) {
      context.fillRect(px - radius, py - radius, 2 * radius, 2 * radius);
      continue;
    }
    context.beginPath();
    context.arc(px, py, radius, 0, 2 * Math.PI);
    context.fill();
    if (ringed) context.stroke();
  }
  context.globalAlpha = 1;
}
