/** @file One canvas with deck.gl on it: layers in, pointer and wheel out as changes of the viewport. Knows no React. */
import { Deck, OrthographicView, type Layer } from '@deck.gl/core';
import { followRoom, keptScale, roomOf, type Room } from './canvas-room.ts';
import { Glide } from './glide.ts';
import { realLayer, syntheticLayer, type MapPoints, type RealPoints } from './point-layers.ts';
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

/** A step of a glide that comes so late (ms) shows a machine too busy for gliding: points jump for some seconds. */
const late = 60;
const calm = 5000;

/** Points smooth their own edges, and nothing is read back: a plain drawing buffer costs software WebGL least. */
const context: WebGLContextAttributes = {
  antialias: false,
  depth: false,
  stencil: false,
  preserveDrawingBuffer: false,
};

/** Whether this browser knows WebGL2; a scene may still fail to get a context. */
export function hasWebGl2(): boolean {
  return typeof WebGL2RenderingContext !== 'undefined';
}

/** Draws points through a viewport, and only when something changed. */
export class MapScene {
  readonly canvas: HTMLCanvasElement;
  readonly #deck: Deck<OrthographicView>;
  readonly #viewport: Viewport;
  readonly #stops: readonly (() => void)[];
  readonly #glide = new Glide();
  #points: MapPoints = { real: null, synthetic: null, halo: [255, 255, 255] };
  #counts: SceneCounts = { real: 0, synthetic: 0, teach: false };
  #drawnSizes = '';
  #real: {
    readonly points: RealPoints | null;
    readonly key: string;
    readonly layer: Layer;
  } | null = null;
  #view: OrthographicView;
  /** The room whose drawing buffer is still to come. */
  #coming: Room | null = null;
  #frame = 0;
  #jumpUntil = -Infinity;

  /** Throws when the browser gives no context. */
  constructor(host: HTMLElement, viewport: Viewport, events: SceneEvents) {
    this.canvas = document.createElement('canvas');
    this.canvas.setAttribute('role', 'img');
    this.canvas.tabIndex = 0;
    const room = roomOf(host);
    // The right size before there is a context: one drawing buffer instead of two.
    this.canvas.width = Math.max(1, Math.round(room.width * devicePixelRatio));
    this.canvas.height = Math.max(1, Math.round(room.height * devicePixelRatio));
    this.canvas.style.width = `${room.width}px`;
    this.canvas.style.height = `${room.height}px`;
    if (!this.canvas.getContext('webgl2', context)) throw new Error('no WebGL2 context');
    this.canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      events.onLost();
    });
    host.replaceChildren(this.canvas);
    this.#viewport = viewport;
    this.#view = this.#newView();
    this.#deck = new Deck({
      canvas: this.canvas,
      ...room,
      views: this.#view,
      viewState: this.#viewState(),
      controller: {
        dragRotate: false,
        touchRotate: false,
        keyboard: false,
        doubleClickZoom: true,
        inertia: false,
        scrollZoom: { speed: 0.008, smooth: false },
      },
      layers: this.#layers(this.sizes()),
      useDevicePixels: true,
      deviceProps: { webgl: context },
      getCursor: ({ isDragging }) => (isDragging ? 'grabbing' : 'default'),
      onViewStateChange: ({ viewState, interactionState }) => {
        events.onDragging(interactionState.isDragging === true);
        this.#moved(viewState as unknown as OrthographicState);
      },
      onAfterRender: () => this.#keepScale(),
      onInteractionStateChange: ({ isDragging }) => events.onDragging(isDragging === true),
      onError: () => events.onLost(),
    });
    this.#stops = [
      viewport.subscribe(() => this.#look()),
      followRoom(host, (room) => this.#resize(room)),
    ];
  }

  /** Replaces what is drawn. */
  draw(points: MapPoints, counts: SceneCounts): void {
    this.#points = points;
    this.#counts = counts;
    this.#drawnSizes = '';
    const { synthetic } = points;
    if (synthetic) {
      const { positions, identity, glide } = synthetic;
      const key = glide ? identity : `${identity} still`;
      const now = performance.now();
      const smooth = glide && now > this.#jumpUntil;
      this.#glide.aim({ places: positions.value, key, smooth }, now);
    } else {
      this.#glide.clear();
    }
    this.#look();
    this.#moveOn();
  }

  /** Sizes of points at the present zoom. */
  sizes(): PointSizes {
    const { height, zoom, fitZoom } = this.#viewport.get();
    const { real, synthetic, teach } = this.#counts;
    return pointSizes(real, synthetic, height, zoom - fitZoom, teach);
  }

  /** Frees the GPU and removes the canvas. */
  destroy(): void {
    cancelAnimationFrame(this.#frame);
    for (const stop of this.#stops) stop();
    this.#deck.finalize();
    this.canvas.remove();
  }

  #viewState(): never {
    const { x, y, zoom, fitZoom } = this.#viewport.get();
    const { min, max } = zoomLimits(fitZoom);
    return { target: [x, y, 0], zoom, minZoom: min, maxZoom: max } as never;
  }

  /** The visible part of the canvas: its upper left. */
  #newView(): OrthographicView {
    const { width, height } = this.#viewport.get();
    const size = width > 0 && height > 0 ? { x: 0, y: 0, width, height } : {};
    return new OrthographicView({ id: 'map', flipY: false, ...size });
  }

  #resize(room: Room): void {
    this.#deck.setProps({ ...room });
    this.#coming = room;
    this.#keepScale();
  }

  /** The canvas has its new size at once, its buffer some frames later: until then the old picture keeps its scale. */
  #keepScale(): void {
    if (!this.#coming) return;
    const scale = keptScale(this.canvas, this.#coming, devicePixelRatio);
    this.canvas.style.transformOrigin = '0 0';
    this.canvas.style.transform = scale ? `scale(${scale.x}, ${scale.y})` : '';
    if (!scale) this.#coming = null;
  }

  #moved({ target, zoom }: OrthographicState): void {
    const level = typeof zoom === 'number' ? zoom : zoom[0];
    this.#viewport.move({ x: target[0], y: target[1], zoom: level });
  }

  #layers(sizes: PointSizes): Layer[] {
    const { real, synthetic, halo } = this.#points;
    const key = String(sizes.real);
    if (this.#real?.points !== real || this.#real.key !== key)
      this.#real = { points: real, key, layer: realLayer(real, sizes) };
    const places = synthetic ? this.#glide.places(performance.now()) : null;
    return [this.#real.layer, syntheticLayer(synthetic, sizes, halo, places)];
  }

  #look(): void {
    const { width, height } = this.#viewport.get();
    if (this.#view.props.width !== width || this.#view.props.height !== height)
      this.#view = this.#newView();
    const view = { views: this.#view, viewState: this.#viewState() };
    const sizes = this.sizes();
    const key = `${sizes.real} ${sizes.synthetic} ${sizes.ring}`;
    if (key !== this.#drawnSizes) {
      this.#drawnSizes = key;
      this.#deck.setProps({ ...view, layers: this.#layers(sizes) });
    } else {
      this.#deck.setProps(view);
    }
  }

  /** One step of a glide a frame, for as long as points move and frames come in time. */
  #moveOn(): void {
    cancelAnimationFrame(this.#frame);
    if (!this.#glide.moving) return;
    const before = performance.now();
    this.#frame = requestAnimationFrame(() => {
      const now = performance.now();
      if (now - before > late) {
        this.#glide.finish();
        this.#jumpUntil = now + calm;
      }
      this.#deck.setProps({ layers: this.#layers(this.sizes()) });
      this.#moveOn();
    });
  }
}
