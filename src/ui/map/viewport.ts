/** @file The map's present view, outside React: it changes with every pointer move, and few parts listen. */
import { zoomLimits, type Look, type View } from './view-fit.ts';

/** View, the zoom of the last fit, and whether a person moved it since. */
export interface ViewportState extends View {
  readonly fitZoom: number;
  readonly touched: boolean;
}

/** A tiny store of the view; `get` and `subscribe` suit useSyncExternalStore. */
export interface Viewport {
  readonly get: () => ViewportState;
  readonly subscribe: (listener: () => void) => () => void;
  /** A person moved the map. */
  readonly move: (look: Look) => void;
  /** The map was fitted: this zoom is 1×. */
  readonly fit: (look: Look) => void;
  readonly resize: (width: number, height: number) => void;
}

/** Makes a viewport of size 0 at the origin. */
export function createViewport(): Viewport {
  let state: ViewportState = {
    x: 0,
    y: 0,
    zoom: 0,
    width: 0,
    height: 0,
    fitZoom: 0,
    touched: false,
  };
  const listeners = new Set<() => void>();
  const set = (next: ViewportState): void => {
    state = next;
    for (const listener of listeners) listener();
  };
  return {
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    move: ({ x, y, zoom }) => {
      const { min, max } = zoomLimits(state.fitZoom);
      set({ ...state, x, y, zoom: Math.min(max, Math.max(min, zoom)), touched: true });
    },
    fit: ({ x, y, zoom }) => set({ ...state, x, y, zoom, fitZoom: zoom, touched: false }),
    resize: (width, height) => {
      if (width !== state.width || height !== state.height) set({ ...state, width, height });
    },
  };
}
