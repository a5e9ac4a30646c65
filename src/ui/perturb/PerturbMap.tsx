/** @file Control cells gliding to where they are predicted to be, over the real perturbed cells where these were measured. */
import '../apply/apply.css';
import './perturb.css';
import { useEffect, useMemo, useRef } from 'react';
import { noteGlide, showPerturbMap } from '../../state/actions/perturb.ts';
import { formatNumber } from '../../state/format.ts';
import { usePerturb, type PerturbPlaces, type ShownPrediction } from '../../state/perturb.ts';
import { useStudio } from '../../state/store.ts';
import { drawGlide } from '../apply/draw-glide.ts';
import { GlideBar, useGlide } from '../apply/GlideMap.tsx';
import { useThemeTokens, type ThemeTokens } from '../map/theme-tokens.ts';
import { figureName } from '../plots/figure-source.ts';
import { SaveMenu } from '../plots/SaveMenu.tsx';
import { useSize } from '../plots/use-size.ts';
import { buildPerturbFigure } from './perturb-figure.ts';
import { colourOf, onGround, sceneOf } from './perturb-scene.ts';

/** Whether the cells of a prediction lie over the usual map, whose tools then have nothing to work on. */
export function usePerturbShown(): boolean {
  const step = useStudio(({ view }) => view.step === 'perturb');
  const there = usePerturb((state) => state.showMap && state.places !== null);
  return step && there;
}

/** In place of the map's tools while the cells of a prediction lie over it. */
export function PerturbTools() {
  const about = usePerturb((state) => state.prediction?.about ?? '');
  const label = usePerturb((state) => state.prediction?.report.label ?? '');
  const far = usePerturb((state) => state.prediction?.report.extrapolated ?? false);
  return (
    <div className="maptools">
      <span className="strong glide-words">
        Predicted: {about}
        {far && <span className="perturb-far">extrapolation</span>}
      </span>
      <span className="grow" />
      <button type="button" className="tool wide" onClick={() => showPerturbMap(false)}>
        Back to the usual map
      </button>
      <SaveMenu
        label="Save figure"
        name={figureName(`${label}-predicted-map`)}
        build={buildPerturbFigure}
      />
    </div>
  );
}

/** The map of the newest prediction; nothing when there is none, or the usual map is wanted. */
export function PerturbMap() {
  const shown = usePerturbShown();
  const places = usePerturb((state) => state.places);
  const prediction = usePerturb((state) => state.prediction);
  if (!shown || !places || !prediction) return null;
  return <Glide key={places.after} places={places} prediction={prediction} />;
}

function Glide({ places, prediction }: { places: PerturbPlaces; prediction: ShownPrediction }) {
  const canGlide = places.before !== null;
  const [share, setShare] = useGlide(canGlide);
  useEffect(() => noteGlide(share), [share]);
  return (
    <div className="glide">
      <div className="glide-tools" />
      <GlideCanvas places={places} prediction={prediction} share={share} />
      {
        canGlide &&
        <GlideBar label="From control to predicted" from="control" to="predicted" share={share} onChange={setShare} /> // prettier-ignore
      }
    </div>
  );
}

function GlideCanvas(props: { places: PerturbPlaces; prediction: ShownPrediction; share: number }) {
  const { places, prediction, share } = props;
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(host);
  const tokens = useThemeTokens();
  const umap = useStudio(({ data }) => data.umap);
  const column = useStudio(({ model }) => model.info?.screen?.attribute ?? null);
  const { label } = prediction.report;
  const scene = useMemo(
    () => sceneOf(places, umap, onGround(colourOf(column, label), tokens.dark)),
    [places, umap, column, label, tokens.dark],
  );
  useEffect(() => {
    if (canvas.current && scene && width > 0 && height > 0)
      drawGlide(canvas.current, scene, share, { width, height }, tokens);
  }, [scene, share, width, height, tokens]);
  const real = prediction.realCells;
  const name = `${formatNumber(prediction.cells)} cells of ${prediction.about}, ${share < 0.5 ? 'control cells where they begin' : 'predicted'}${real > 0 ? `, over ${formatNumber(real)} real ones` : ''}`;
  return (
    <div className="glide-host" ref={host}>
      <canvas ref={canvas} role="img" aria-label={name} />
      {scene && <Key prediction={prediction} colour={scene.colours[0] ?? ''} tokens={tokens} />}
    </div>
  );
}

function Key(props: { prediction: ShownPrediction; colour: string; tokens: ThemeTokens }) {
  const { prediction, colour, tokens } = props;
  const fill = colour === '' ? tokens.css.accent : colour;
  const row = (name: string, cells: number | null, mark: React.ReactNode) => (
    <li key={name}>
      <svg width="12" height="12" aria-hidden="true">
        {mark}
      </svg>
      <span className="use-name" title={name}>
        {name}
      </span>
      {cells !== null && <span className="mute">{formatNumber(cells)}</span>}
    </li>
  );
  return (
    <ul className="glide-legend" aria-label="Cells shown">
      {row(
        'predicted, synthetic',
        prediction.cells,
        <circle cx="6" cy="6" r="4" fill={fill} stroke={tokens.css.ring} />,
      )}
      {prediction.realCells > 0 &&
        row(
          'real',
          prediction.realCells,
          <circle cx="6" cy="6" r="3.5" fill={fill} fillOpacity="0.45" />,
        )}
      {row(
        'all other cells',
        null,
        <rect x="5" y="5" width="3" height="3" fill={tokens.css.lineStrong} />,
      )}
    </ul>
  );
}
