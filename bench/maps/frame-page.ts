/**
 * @file In the browser: the map's own scene with 500,000 real and 50,000 synthetic cells, moved and glided, its script time per frame.
 * Draw calls are left out: without a GPU they would be done on the CPU. The time of all other WebGL calls is counted apart.
 */
import { drawOrder, gatherPositions } from '../../src/ui/map/cell-colours.ts';
import { MapScene } from '../../src/ui/map/map-scene.ts';
import { createViewport } from '../../src/ui/map/viewport.ts';

interface FrameTimes {
  /** Median and 95th percentile of script time per frame without WebGL calls, ms. */
  readonly median: number;
  readonly p95: number;
  /** Median of the time in WebGL calls (uploads, uniforms), ms. */
  readonly webgl: number;
  /** How much the JavaScript heap grows a frame, kilobytes: without what is collected meanwhile, so a frame takes more. */
  readonly kilobytes: number;
  readonly frames: number;
}

let inWebgl = 0;

/** Counts the time of every WebGL call, and draws nothing. */
function watchWebgl(): void {
  const calls = WebGL2RenderingContext.prototype as unknown as Record<string, unknown>;
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(calls))) {
    if (typeof value !== 'function' || name === 'constructor') continue;
    const call = value as (...given: unknown[]) => unknown;
    const draws = /^draw(Arrays|Elements|Range)/.test(name);
    calls[name] = function (this: unknown, ...given: unknown[]): unknown {
      if (draws) return undefined;
      const started = performance.now();
      const result = call.apply(this, given);
      inWebgl += performance.now() - started;
      return result;
    };
  }
}

/** Bytes of JavaScript memory in use; Chromium only. */
function memory(): number {
  const { memory: found } = performance as unknown as { memory?: { usedJSHeapSize: number } };
  return found?.usedJSHeapSize ?? Number.NaN;
}

const host = document.getElementById('host') as HTMLElement;
let spent = 0;
const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) =>
  request((time) => {
    const started = performance.now();
    callback(time);
    spent += performance.now() - started;
  });
const nextFrame = (): Promise<void> => new Promise((resolve) => request(() => resolve()));

function places(cells: number, shift: number): Float32Array {
  return Float32Array.from({ length: 2 * cells }, (_, i) => 10 * Math.sin(i * 12.9898 + shift) + Math.cos(i * 78.233)); // prettier-ignore
}

const bytes = (cells: number): Uint8Array => new Uint8Array(4 * cells).fill(160);

/** Draws and measures. `run` is called by the bench. */
async function run(
  real: number,
  synthetic: number,
  frames: number,
): Promise<Record<string, FrameTimes>> {
  watchWebgl();
  const viewport = createViewport();
  viewport.resize(720, 450);
  viewport.fit({ x: 0, y: 0, zoom: 4 });
  const scene = new MapScene(host, viewport, {
    onLost: () => undefined,
    onDragging: () => undefined,
  });
  const own = places(real, 0);
  const order = drawOrder(own, null, null);
  const counts = { real, synthetic, teach: false };
  const realPoints = {
    count: real,
    positions: { value: gatherPositions(own, order), size: 3 },
    fill: { value: bytes(real), size: 4, normalized: true },
  };
  const made = (shift: number) => ({
    count: synthetic,
    positions: { value: gatherPositions(places(synthetic, shift), null), size: 3 },
    fill: { value: bytes(synthetic), size: 4, normalized: true },
    ring: { value: bytes(synthetic), size: 4, normalized: true },
    shown: { value: new Float32Array(synthetic).fill(1), size: 1 },
    identity: 'same',
    glide: true,
    gap: false,
  });
  scene.draw({ real: realPoints, synthetic: made(0), halo: [255, 255, 255] }, counts);
  for (let i = 0; i < 5; i++) await nextFrame();
  const times = async (step: (frame: number) => void): Promise<FrameTimes> => {
    const list: number[] = [];
    const webgl: number[] = [];
    (globalThis as { gc?: () => void }).gc?.();
    const before = memory();
    for (let frame = 0; frame < frames; frame++) {
      spent = inWebgl = 0;
      const started = performance.now();
      step(frame);
      const own = performance.now() - started;
      await nextFrame();
      await nextFrame();
      list.push(own + spent - inWebgl);
      webgl.push(inWebgl);
    }
    const kilobytes = (memory() - before) / 1024 / frames;
    const middle = (times: number[], share = 0.5): number => times.sort((a, b) => a - b)[Math.floor(share * frames)]; // prettier-ignore
    return {
      median: middle(list),
      p95: middle(list, 0.95),
      webgl: middle(webgl),
      kilobytes,
      frames,
    };
  };
  const moved = await times((frame) => viewport.move({ x: Math.sin(frame / 9), y: 0, zoom: 4 }));
  const next = [made(1), made(2)];
  const glided = await times((frame) => {
    if (frame % 6 === 0)
      scene.draw(
        { real: realPoints, synthetic: next[(frame / 6) % 2], halo: [255, 255, 255] },
        counts,
      );
  });
  scene.destroy();
  return { moved, glided };
}

Object.assign(window, { run });
