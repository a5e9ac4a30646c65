/** @file One canvas with deck.gl on it: layers in, pointer and wheel out as changes of the viewport. Knows no React. */
import { Deck, OrthographicView } from '@deck.gl/core';
import { buildLayers, type MapPoints } from './point-layers.ts';
import { pointSizes, type PointSizes } from './point-sizes.ts';
import type { Viewport } from './viewport.ts';
import { zoomLimits } from './view-fit.ts';

/** What a scene tells its owner. */
export interface SceneEvents {
  /** The browser took the WebGL context away: throw this scene away and make another. */
  readonly onLost: () => void;
  readonly onDragging: (dragging: boolean) => void;
}

/** How much is drawn, for the sizes of points. */
export interface SceneCounts {
  readonly real: number;
  readonly synthetic: number;
  readonly teach: boolean;
}

interface OrthographicState {
  readonly target: readonly number[];
  readonly zoom: number | readonly number[];
}

/** Whether this browser can draw the map at all. */
export function hasWebGl2(): boolean {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context !== null;
}

/** Draws points through a viewport. */
export class MapScene {
  readonly canvas: HTMLCanvasElement;
  readonly #deck: Deck<OrthographicView>;
  readonly #viewport: Viewport;
  readonly #stop: () => void;
  #points: MapPoints | null = null;
  #counts: SceneCounts = { real: 0, synthetic: 0, teach: false };
  #drawnSizes = '';

  constructor(host: HTMLElement, viewport: Viewport, events: SceneEvents) {
    this.canvas = document.createElement('canvas');
    this.canvas.setAttribute('role', 'img');
    this.canvas.tabIndex = 0;
    this.canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      events.onLost();
    });
    host.replaceChildren(this.canvas);
    this.#viewport = viewport;
    this.#deck = new Deck({
      canvas: this.canvas,
      width: '100%',
      height: '100%',
      views: new OrthographicView({ id: 'map', flipY: false }),
      viewState: this.#viewState(),
      controller: {
        dragRotate: false,
        touchRotate: false,
        keyboard: false,
        doubleClickZoom: true,
        inertia: false,
        scrollZoom: { speed: 0.008, smooth: false },
      },
      layers: [],
      useDevicePixels: true,
      getCursor: ({ isDragging }) => (isDragging ? 'grabbing' : 'default'),
      onViewStateChange: ({ viewState, interactionState }) => {
        events.onDragging(interactionState.isDragging === true);
        this.#moved(viewState as unknown as OrthographicState);
      },
      onInteractionStateChange: ({ isDragging }) => events.onDragging(isDragging === true),
      onError: () => events.onLost(),
    });
    this.#stop = viewport.subscribe(() => this.#look());
  }

  /** Replaces what is drawn. */
  draw(points: MapPoints, counts: SceneCounts): void {
    this.#points = points;
    this.#counts = counts;
    this.#drawnSizes = '';
    this.#look();
  }

  /** Sizes of points at the present zoom. */
  sizes(): PointSizes {
    const { height, zoom, fitZoom } = this.#viewport.get();
    const { real, synthetic, teach } = this.#counts;
    return pointSizes(real, synthetic, height, zoom - fitZoom, teach);
  }

  /** Frees the GPU and removes the canvas. */
  destroy(): void {
    this.#stop();
    this.#deck.finalize();
    this.canvas.remove();
  }

  #viewState(): never {
    const { x, y, zoom, fitZoom } = this.#viewport.get();
    const { min, max } = zoomLimits(fitZoom);
    return { target: [x, y, 0], zoom, minZoom: min, maxZoom: max } as never;
  }

  #moved({ target, zoom }: OrthographicState): void {
    const level = typeof zoom === 'number' ? zoom : zoom[0];
    this.#viewport.move({ x: target[0], y: target[1], zoom: level });
  }

  #look(): void {
    const viewState = this.#viewState();
    const sizes = this.sizes();
    const key = `${sizes.real} ${sizes.synthetic} ${sizes.ring}`;
    if (this.#points && key !== this.#drawnSizes) {
      this.#drawnSizes = key;
      this.#deck.setProps({ viewState, layers: buildLayers(this.#points, sizes) });
    } else {
      this.#deck.setProps({ viewState });
    }
  }
}
