/** @file Canvases in plain memory. One on the GPU makes the page's thread wait for it: 0.3 to 1.7 s a drawing were seen with a software GPU beside a training. */

interface Maker {
  getContext: (this: HTMLCanvasElement, kind: string, settings?: object) => unknown;
}

/** Runs `make` while every 2D context is made in plain memory: for libraries that make their own canvas and offer no choice. */
export function inPlainMemory<T>(make: () => T): T {
  const prototype = HTMLCanvasElement.prototype as unknown as Maker;
  const own = prototype.getContext;
  prototype.getContext = function (kind, settings) {
    const wanted = kind === '2d' ? { ...settings, willReadFrequently: true } : settings;
    return own.call(this, kind, wanted);
  };
  try {
    return make();
  } finally {
    prototype.getContext = own;
  }
}
