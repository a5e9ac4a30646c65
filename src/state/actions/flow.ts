/** @file Flow time: from noise (0) to cell (1), by slider or playing. */
import { get, patch } from '../store.ts';
import { loadFrames } from './generate.ts';

const playSeconds = 4;
let frame = 0;

/** Shows the cells at this flow time (0–1); below 1 the map changes to PCA, where half-noise has a true place. */
export function setFlowTime(t: number): void {
  const flowTime = Math.min(1, Math.max(0, t));
  if (flowTime < 1) patch('look', { overlay: 'pca' });
  patch('view', { flowTime });
  if (flowTime < 1 && !get().synthetic.frames) void loadFrames();
}

/** Plays from the present time (from noise if at the end) to the cell; `speed` 1 is four seconds for the whole way. */
export function playFlow(speed = 1): void {
  const start = get().view.flowTime >= 1 ? 0 : get().view.flowTime;
  setFlowTime(start);
  patch('view', { flowPlaying: true });
  void loadFrames().then((ready) => {
    if (!ready) patch('view', { flowPlaying: false, flowTime: 1 });
    else advance(start, performance.now(), speed);
  });
}

function advance(start: number, began: number, speed: number): void {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame((now) => {
    if (!get().view.flowPlaying) return;
    const t = start + ((now - began) / 1000 / playSeconds) * speed;
    patch('view', { flowTime: Math.min(1, t), flowPlaying: t < 1 });
    if (t < 1) advance(start, began, speed);
  });
}

/** Stops playing where it is. */
export function freezeFlow(): void {
  cancelAnimationFrame(frame);
  patch('view', { flowPlaying: false });
}
