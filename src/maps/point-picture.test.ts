/** @file What is drawn where, by a pen and a canvas that write down what they are told. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PicturePoints } from '../protocol/map.ts';
import { StudioError } from '../protocol/errors.ts';
import { drawPoints, paintPoints, type PointContext } from './point-picture.ts';

/** A pen that notes every disc with its colour, opacity and ring. */
class Pen {
  globalAlpha = 1;
  lineWidth = 0;
  fillStyle = '';
  strokeStyle = '';
  readonly drawn: string[] = [];
  #disc = '';
  beginPath(): void {
    this.#disc = '';
  }
  arc(x: number, y: number, r: number): void {
    this.#disc = `${x},${y} r${r}`;
  }
  fill(): void {
    this.drawn.push(`${this.#disc} ${this.fillStyle} ${this.globalAlpha}`);
  }
  stroke(): void {
    this.drawn.push(`ring ${this.#disc} ${this.strokeStyle} ${this.lineWidth}`);
  }
  fillRect(x: number, y: number, width: number, height: number): void {
    this.drawn.push(`rect ${x},${y} ${width}x${height} ${this.fillStyle}`);
  }
  drawImage(image: { readonly name: string }, x: number, y: number): void {
    this.drawn.push(`${image.name} at ${x},${y} ${this.globalAlpha}`);
  }
}

const painted = (kinds: readonly PicturePoints[], scale: number): string[] => {
  const pen = new Pen();
  paintPoints(pen as unknown as PointContext, kinds, scale, '#123456');
  return pen.drawn;
};

const real: PicturePoints = {
  xy: Float32Array.of(1, 2, NaN, 3, 5, 6, 7, 8),
  colours: Uint32Array.of(0x0000ff, 0xff0000, 0xff0000, 0x00ff00),
  radius: 1.5,
  opacity: 0.5,
  ring: 0,
};
const made: PicturePoints = {
  xy: Float32Array.of(4, 4),
  colours: Uint32Array.of(0xabcdef),
  radius: 2,
  opacity: 1,
  ring: 0.5,
};

describe('points of a figure', () => {
  it('are drawn in their order and colours, in pixels of the picture, the rings last', () => {
    expect(painted([real, made], 2)).toEqual([
      '2,4 r3 #0000ff 0.5',
      '10,12 r3 #ff0000 0.5',
      '14,16 r3 #00ff00 0.5',
      '8,8 r4 #abcdef 1',
      'ring 8,8 r4 #123456 1',
    ]);
  });

  it('keep their colour when the first of the kind has no place', () => {
    const lost = { ...made, xy: Float32Array.of(NaN, 0, 1, 1), colours: Uint32Array.of(7, 7) };
    expect(painted([real, lost], 1).at(-2)).toBe('1,1 r2 #000007 1');
  });

  it('may be none', () => {
    expect(painted([], 1)).toEqual([]);
  });
});

const png = Uint8Array.from({ length: 60_000 }, (_, i) => (i * 37) & 255);
let pen = new Pen();
let sides = [0, 0];

class Canvas {
  readonly width: number;
  readonly height: number;
  constructor(width: number, height: number) {
    [this.width, this.height] = sides = [width, height];
  }
  getContext(): Pen | null {
    return this.width > 9000 ? null : (pen = new Pen());
  }
  convertToBlob(): Promise<Blob> {
    return Promise.resolve(new Blob([png], { type: 'image/png' }));
  }
}

const request = {
  width: 10.2,
  height: 5,
  scale: 3,
  kinds: [made],
  ring: '#000000',
  ground: null,
  over: [],
  form: 'png',
} as const;

describe('a picture', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('has a ground below the points and strips over them, which it uses up', async () => {
    vi.stubGlobal('OffscreenCanvas', Canvas);
    const closed: string[] = [];
    const strip = (name: string, height: number) =>
      ({ name, height, close: () => closed.push(name) }) as unknown as ImageBitmap;
    const over = [strip('first', 9), strip('second', 6)];
    await drawPoints({ ...request, ground: '#ffffff', over });
    expect(sides).toEqual([31, 15]);
    expect(pen.drawn).toEqual([
      'rect 0,0 31x15 #ffffff',
      '12,12 r6 #abcdef 1',
      'ring 12,12 r6 #000000 1.5',
      'first at 0,0 1',
      'second at 0,9 1',
    ]);
    expect(closed).toEqual(['first', 'second']);
  });

  it('comes as a file or as the text of a data URL', async () => {
    vi.stubGlobal('OffscreenCanvas', Canvas);
    const file = await drawPoints(request);
    expect(Buffer.from(await file.arrayBuffer()).equals(png)).toBe(true);
    expect(pen.drawn[0]).toBe('12,12 r6 #abcdef 1');
    const text = await (await drawPoints({ ...request, form: 'data-url' })).text();
    expect(text).toBe(`data:image/png;base64,${Buffer.from(png).toString('base64')}`);
  });

  it('says when the browser has no canvas of that size', async () => {
    vi.stubGlobal('OffscreenCanvas', Canvas);
    const failed = drawPoints({ ...request, width: 4000 });
    await expect(failed).rejects.toThrow(StudioError);
    await expect(failed).rejects.toMatchObject({ code: 'internal' });
  });
});
