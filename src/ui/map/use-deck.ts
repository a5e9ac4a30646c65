/** @file Keeps one deck.gl scene alive for a host element, and makes a new one when the GPU context is lost. */
import { useEffect, useState, type RefObject } from 'react';
import { hasWebGl2, MapScene, type SceneCounts, type SceneEvents } from './map-scene.ts';
import type { MapPoints } from './point-layers.ts';
import type { Viewport } from './viewport.ts';

/** A scene, or why there is none. */
export interface DeckState {
  readonly scene: MapScene | null;
  readonly unsupported: boolean;
}

/** How often a lost context is replaced before the map gives up. */
const mostLosses = 5;

function createScene(host: HTMLElement, viewport: Viewport, events: SceneEvents): MapScene | null {
  try {
    return new MapScene(host, viewport, events);
  } catch {
    return null;
  }
}

/** Creates the scene in the host and draws the points whenever they change. */
export function useDeck(
  host: RefObject<HTMLElement | null>,
  viewport: Viewport,
  points: MapPoints,
  counts: SceneCounts,
  onDragging: (dragging: boolean) => void,
): DeckState {
  const [losses, setLosses] = useState(0);
  const [scene, setScene] = useState<MapScene | null>(null);
  const [supported] = useState(hasWebGl2);
  const unsupported = !supported || losses > mostLosses;
  const { real, synthetic, teach } = counts;

  useEffect(() => {
    const element = host.current;
    if (!element || unsupported) return undefined;
    let alive = true;
    const created = createScene(element, viewport, {
      onLost: () => {
        if (alive) setLosses((count) => count + 1);
        alive = false;
      },
      onDragging,
    });
    if (!created) {
      // The scene is an outside system that this effect connects to, or fails to.
      // eslint-disable-next-line react-hooks/set-state-in-effect
      setLosses(Infinity);
      return undefined;
    }
    setScene(created);
    return () => {
      alive = false;
      created.destroy();
      setScene(null);
    };
  }, [host, viewport, unsupported, losses, onDragging]);

  useEffect(() => {
    scene?.draw(points, { real, synthetic, teach });
  }, [scene, points, real, synthetic, teach]);

  return { scene, unsupported };
}
