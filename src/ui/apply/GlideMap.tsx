/** @file Cells before and after a use, on a canvas over the map; a slider glides them from one place to the other. */
import './apply.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import { showApplyMap } from '../../state/actions/apply.ts';
import { intArray, floatArray } from '../../state/array-registry.ts';
import { useApply, type GlidePlaces } from '../../state/apply.ts';
import { coloursOf, columnOf } from '../../state/data-view.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Swatch } from '../controls/Choice.tsx';
import { Segments } from '../controls/Segments.tsx';
import { useReducedMotion } from '../map/reduced-motion.ts';
import { useThemeTokens } from '../map/theme-tokens.ts';
import { useSize } from '../plots/use-size.ts';
import { drawGlide, type GlideScene } from './draw-glide.ts';
import { useWords } from './use-words.ts';

const GLIDE_MS = 900;
const MOST_LEGEND = 14;

/** Whether the cells of a use lie over the usual map, whose tools then have nothing to work on. */
export function useGlideShown(): boolean {
  const step = useStudio(({ view }) => view.step === 'apply');
  const there = useApply((state) => state.showMap && state.places[state.use] !== undefined);
  return step && there;
}

/** In place of the map's tools while the cells of a use lie over it: what is shown, and the way back. */
export function GlideTools() {
  const use = useApply((state) => state.use);
  return (
    <div className="maptools">
      <span className="strong glide-words">{useWords[use].name}: the cells of the result</span>
      <span className="grow" />
      <button type="button" className="tool wide" onClick={() => showApplyMap(false)}>
        Back to the usual map
      </button>
    </div>
  );
}

/** The map of the open use's result; nothing when there is none, or the usual map is wanted. */
export function GlideMap() {
  const shown = useStudio(({ view }) => view.step === 'apply');
  const use = useApply((state) => state.use);
  const places = useApply((state) => (state.showMap ? (state.places[state.use] ?? null) : null));
  if (!shown || !places) return null;
  return <Glide key={places.after} places={places} name={useWords[use].name} />;
}

function Glide({ places, name }: { places: GlidePlaces; name: string }) {
  const info = useStudio(({ model }) => model.info);
  const batch = useApply((state) => state.results.correct?.ask.batch ?? null);
  const attributes = (info?.attributes ?? []).map((attribute) => attribute.name);
  const first = !places.background && batch !== null && attributes.includes(batch) ? batch : (attributes[0] ?? null); // prettier-ignore
  const [column, setColumn] = useState(first);
  const canGlide = places.before !== null;
  const [share, setShare] = useGlide(canGlide);
  const own = places.column ?? column;
  return (
    <div className="glide">
      <div className="glide-tools">
        {attributes.length > 1 && places.column === null && own !== null && (
          <Segments
            label="Cells coloured by"
            options={attributes.map((value) => ({ value, label: value }))}
            value={own}
            onChange={setColumn}
          />
        )}
        <span className="grow" />
      </div>
      <GlideCanvas places={places} column={own} share={share} name={name} />
      {
        canGlide &&
        <GlideBar label="Before and after" from="before" to="after" share={share} onChange={setShare} /> // prettier-ignore
      }
    </div>
  );
}

/** The slider that carries cells from one place to the other. */
export function GlideBar(props: {
  label: string;
  from: string;
  to: string;
  share: number;
  onChange: (share: number) => void;
}) {
  const { label, from, to, share, onChange } = props;
  const said = share === 0 ? from : share === 1 ? to : `${Math.round(share * 100)} per cent of the way`; // prettier-ignore
  return (
    <div className="glide-bar">
      <span className="mute">{from}</span>
      <input
        type="range"
        className="glide-range"
        aria-label={label}
        aria-valuetext={said}
        min={0}
        max={1}
        step={0.01}
        value={share}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      />
      <span className="mute">{to}</span>
    </div>
  );
}

/** Glides once from before to after when it appears; the slider takes over at the first touch. */
export function useGlide(moves: boolean): readonly [number, (share: number) => void] {
  const still = useReducedMotion();
  const [share, setShare] = useState(moves && !still ? 0 : 1);
  const touched = useRef(false);
  useEffect(() => {
    if (!moves || still) return undefined;
    let frame = 0;
    const begun = performance.now() + 500;
    const step = (now: number): void => {
      if (touched.current) return;
      const t = Math.min(1, Math.max(0, (now - begun) / GLIDE_MS));
      setShare(t * t * (3 - 2 * t));
      if (t < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [moves, still]);
  const move = (next: number): void => {
    touched.current = true;
    setShare(next);
  };
  return [share, move];
}

function GlideCanvas(props: {
  places: GlidePlaces;
  column: string | null;
  share: number;
  name: string;
}) {
  const { places, column, share, name } = props;
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(host);
  const tokens = useThemeTokens();
  const umap = useStudio(({ data }) => data.umap);
  const scene = useMemo(() => sceneOf(places, column, umap), [places, column, umap]);
  useEffect(() => {
    if (canvas.current && scene && width > 0 && height > 0)
      drawGlide(canvas.current, scene, share, { width, height }, tokens);
  }, [scene, share, width, height, tokens]);
  const cells = scene ? scene.after.length / 2 : 0;
  const label = `${name}: ${formatNumber(cells)} cells${column ? `, coloured by ${column}` : ''}, ${share < 0.5 ? 'before' : 'after'}`;
  return (
    <div className="glide-host" ref={host}>
      <canvas ref={canvas} role="img" aria-label={label} />
      {scene && <GlideLegend scene={scene} />}
    </div>
  );
}

function sceneOf(
  places: GlidePlaces,
  column: string | null,
  umap: string | null,
): GlideScene | null {
  const after = floatArray(places.after);
  if (!after) return null;
  const rows = intArray(places.rows);
  const categories = column === null ? null : columnOf(column);
  const codes =
    intArray(places.codes) ??
    (rows && categories ? rows.map((row) => categories.codes[row] ?? -1) : null);
  return {
    before: floatArray(places.before),
    after,
    codes,
    names: categories?.categories ?? [],
    colours: column === null ? [] : coloursOf(column),
    background: places.background ? floatArray(umap) : null,
    marked: null,
    ringed: places.before === null,
  };
}

function GlideLegend({ scene }: { scene: GlideScene }) {
  const { codes, names, colours } = scene;
  const counts = useMemo(() => {
    const own = new Array<number>(names.length).fill(0);
    codes?.forEach((code) => {
      if (code >= 0) own[code] = (own[code] ?? 0) + 1;
    });
    return own;
  }, [codes, names]);
  const rows = names
    .map((name, i) => ({ name, cells: counts[i] ?? 0, colour: colours[i] ?? '' }))
    .filter(({ cells }) => cells > 0)
    .sort((a, b) => b.cells - a.cells);
  return (
    <ul className="glide-legend" aria-label="Cells shown">
      {rows.slice(0, MOST_LEGEND).map(({ name, cells, colour }) => (
        <li key={name}>
          <Swatch colour={colour} />
          <span className="use-name" title={name}>
            {name}
          </span>
          <span className="mute">{formatNumber(cells)}</span>
        </li>
      ))}
      {rows.length > MOST_LEGEND && <li className="mute">{rows.length - MOST_LEGEND} more</li>}
    </ul>
  );
}
