/** @file The map: real and synthetic cells, legend, names, notes and tooltip. */
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { mapLabel } from '../../state/map-names.ts';
import { floatArray } from '../../state/array-registry.ts';
import { useStudio } from '../../state/store.ts';
import { useSize } from '../plots/use-size.ts';
import './cell-map.css';
import type { Colouring } from './colouring.ts';
import { colourName } from './colouring.ts';
import { MapLegend } from './MapLegend.tsx';
import { moveByKey } from './map-keys.ts';
import { MapContours } from './MapContours.tsx';
import { MapLabels } from './MapLabels.tsx';
import { MapTrails } from './MapTrails.tsx';
import { MapMiddle, NoWebGl2 } from './MapMiddle.tsx';
import { MapNote } from './MapNote.tsx';
import { MapTooltip } from './MapTooltip.tsx';
import { MapUnderlay } from './MapUnderlay.tsx';
import { mapSummary } from './map-summary.ts';
import { canvasName } from './map-words.ts';
import { useReducedMotion } from './reduced-motion.ts';
import { useThemeTokens } from './theme-tokens.ts';
import { useDeck } from './use-deck.ts';
import { useFit } from './use-fit.ts';
import { useHover } from './use-hover.ts';
import { useDrawnCells } from './use-drawn-cells.ts';
import { selectView } from './select-view.ts';
import { useSelectTool } from './use-select-tool.ts';
import { useSelectionMasks } from './use-selection-masks.ts';
import { useExplore } from '../../state/explore.ts';
import { useLabels } from './use-labels.ts';
import { useMapPicture } from './use-map-picture.ts';
import { usePoints } from './use-points.ts';
import { legendLine, legendLineBelow } from './view-fit.ts';
import { createViewport } from './viewport.ts';

/** The whole region "Map". Fills its parent; needs the tokens and the shared classes. */
export function CellMap() {
  const host = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLDivElement>(null);
  const line = useRef<SVGPathElement>(null);
  const [viewport] = useState(createViewport);
  const [pointed, setFocus] = useState<number | null>(null);
  const [dragging, setDragging] = useState(false);
  const picture = useMapPicture();
  const tokens = useThemeTokens();
  const reducedMotion = useReducedMotion();
  const showReal = useStudio((state) => state.view.showReal);
  const showSynthetic = useStudio((state) => state.view.showSynthetic);
  const { real, synthetic, colouring, overlay } = picture;
  const focus = pointed !== null && isShown(colouring, pointed) ? pointed : null;

  const selected = useSelectionMasks();
  const sequence = useExplore((state) => state.sequence);
  const tool = useExplore((state) => state.tool);
  const { points } = usePoints(picture, tokens, {
    showReal,
    showSynthetic,
    focus,
    reducedMotion,
    selected,
    sequence,
  });
  const drawn = useDrawnCells(picture, showReal, showSynthetic);
  useSelectTool(host, line, viewport, drawn);
  const counts = {
    real: real ? real.length / 2 : 0,
    synthetic: synthetic?.count ?? 0,
    teach: tokens.teach,
  };
  const { scene, unsupported } = useDeck(host, viewport, points, counts, setDragging);
  const size = useSize(host);
  const fitKey = useFitKey();
  const syntheticPlaces = synthetic?.places ?? null;
  const legendKey = `${colourName(colouring) ?? ''} ${synthetic !== null}`;
  useFit(viewport, size, legend, { real, synthetic: syntheticPlaces, key: fitKey, legendKey });
  const labels = useLabels(picture);
  const isDrawn = useMemo(() => {
    const { realCodes, shown } = drawn;
    return (cell: number): boolean =>
      !realCodes || !shown || realCodes[cell] < 0 || shown[realCodes[cell]] === 1;
  }, [drawn]);
  const hovered = useHover(host, viewport, scene, {
    real,
    isDrawn: points.real ? isDrawn : null,
    synthetic: points.synthetic ? syntheticPlaces : null,
    shown: points.synthetic?.shown.value ?? null,
  });

  const joint = useExplore((state) => state.joint.shown);
  const mapName = useStudio((state) => mapLabel(joint ? null : state.data.mapKey));
  const shownReal = showReal && real ? counts.real : null;
  const shownSynthetic = showSynthetic && synthetic ? counts.synthetic : null;
  const name = useMemo(
    () => canvasName({ overlay, mapName, real: shownReal, synthetic: shownSynthetic, colouring }),
    [overlay, mapName, shownReal, shownSynthetic, colouring],
  );
  const distance = useStudio((state) => state.synthetic.distance);
  const summary = useMemo(
    () => mapSummary(colouring, shownSynthetic === null ? null : floatArray(distance)),
    [colouring, shownSynthetic, distance],
  );
  useEffect(() => {
    scene?.canvas.setAttribute('aria-label', name);
    scene?.canvas.setAttribute('aria-description', summary);
  }, [scene, name, summary]);

  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      if (!(event.target instanceof HTMLCanvasElement)) return;
      if (moveByKey(viewport, event) || selectView(viewport, drawn, event)) event.preventDefault();
    },
    [viewport, drawn],
  );
  const hasCells = real !== null || synthetic !== null;
  return (
    <section className="map cell-map" role="region" aria-label="Map" onKeyDown={onKeyDown}>
      {hasCells && !unsupported && picture.variance && (
        <MapUnderlay viewport={viewport} variance={picture.variance} />
      )}
      <div className={`host ${tool}`} ref={host} hidden={unsupported} />
      {hasCells && !unsupported && <MapContours viewport={viewport} colouring={colouring} />}
      {hasCells && !unsupported && <MapTrails viewport={viewport} picture={picture} />}
      {hasCells && !unsupported && (
        <MapLabels
          {...{ viewport, labels, focus }}
          large={tokens.teach}
          top={size.width < legendLineBelow ? legendLine : 0}
        />
      )}
      <svg className="overlay" aria-hidden="true">
        <path className="lasso" ref={line} />
      </svg>
      {hasCells && (
        <MapLegend
          drawn={drawn}
          box={legend}
          small={size.width > 0 && size.width < legendLineBelow}
          colouring={colouring}
          dark={tokens.dark}
          real={counts.real}
          synthetic={synthetic ? counts.synthetic : null}
          onFocus={setFocus}
        />
      )}
      {unsupported && <NoWebGl2 />}
      {hasCells ? <MapNote /> : !unsupported && <MapMiddle />}
      {hovered && !dragging && (
        <MapTooltip cell={hovered} colouring={colouring} width={size.width} height={size.height} />
      )}
    </section>
  );
}

/** A hidden category cannot make the others fade. */
function isShown(colouring: Colouring, category: number): boolean {
  return colouring.kind === 'categories' && colouring.shown[category] === 1;
}

/** Changes when the map must fit anew: another file, another overlay, another PCA, a request. */
function useFitKey(): string {
  const file = useStudio((state) => state.data.summary);
  const overlay = useStudio((state) => state.look.overlay);
  const requests = useStudio((state) => state.view.fitRequests);
  const latent = useStudio((state) => state.model.latentPca !== null);
  return [
    file ? `${file.fileName} ${file.bytes} ${file.nObs}` : '',
    overlay,
    overlay === 'pca' ? latent : '',
    requests,
  ].join(' ');
}
