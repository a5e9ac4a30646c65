/** @file The tool bar over the map: overlay, colours, layers, fit. */
import { toggleDensity, toggleJointMap, toggleTrails } from '../../state/actions/explore.ts';
import { requestFit, setOverlay, toggleLayer } from '../../state/actions/index.ts';
import { setTool } from '../../state/actions/selection.ts';
import { useExplore, type MapTool } from '../../state/explore.ts';
import { formatPercent } from '../../state/format.ts';
import { mapLabel } from '../../state/map-names.ts';
import { useStudio } from '../../state/store.ts';
import { Segments } from '../controls/Segments.tsx';
import { ColourByPick } from './ColourByPick.tsx';
import { MapChoice } from './MapChoice.tsx';
import { useReducedMotion } from './reduced-motion.ts';
import { SaveFigure } from './SaveFigure.tsx';
import './map-tools.css';

/** Overlay, Colour by, the layers that exist, tools, Fit map, Save figure; lays its parts out in a row of the parent's height. */
export function MapTools() {
  const overlay = useStudio((state) => state.look.overlay);
  const showReal = useStudio((state) => state.view.showReal);
  const showSynthetic = useStudio((state) => state.view.showSynthetic);
  const hasSynthetic = useStudio((state) => state.synthetic.umap !== null);
  const mapKey = useStudio((state) => state.data.mapKey);
  const overlays = [
    { value: 'umap', label: mapLabel(mapKey) },
    { value: 'pca', label: 'PCA' },
  ] as const;
  return (
    <div className="maptools">
      <Segments label="Overlay" options={overlays} value={overlay} onChange={setOverlay} />
      <MapChoice />
      <JointMap />
      <div className="row">
        <span className="mute field-lab" aria-hidden="true">
          Colour by
        </span>
        <ColourByPick />
      </div>
      <span className="grow" />
      <div className="maptools-end">
        <div className="row layers">
          <label className="toggle">
            <input
              type="checkbox"
              className="check"
              checked={showReal}
              onChange={() => toggleLayer('real')}
            />
            Real
          </label>
          {hasSynthetic && (
            <label className="toggle">
              <input
                type="checkbox"
                className="check"
                checked={showSynthetic}
                onChange={() => toggleLayer('synthetic')}
              />
              Synthetic
            </label>
          )}
          <Layers />
        </div>
        <span className="sep" />
        <Tools />
        <button
          type="button"
          className="tool"
          aria-label="Fit map"
          title="Fit map (F)"
          onClick={requestFit}
        >
          <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10" />
          </svg>
        </button>
        <SaveFigure />
      </div>
    </div>
  );
}

/** The check that recomputes the map from both kinds of cells. */
function JointMap() {
  const usable = useStudio(
    ({ synthetic, model, data }) =>
      synthetic.sampleId !== null && model.status === 'ready' && !data.summary?.kinds,
  );
  const { status, shown, share } = useExplore((state) => state.joint);
  if (!usable) return null;
  const running = status === 'running';
  return (
    <button
      type="button"
      className={shown ? 'tool wide on' : 'tool wide'}
      aria-pressed={shown}
      title={
        running
          ? 'Stop making the joint map'
          : 'A UMAP made anew from real and synthetic cells together: cells unlike all real ones lie apart on it'
      }
      onClick={() => void toggleJointMap()}
    >
      {running ? `Joint map ${formatPercent(share, 0)}` : 'Joint map'}
    </button>
  );
}

/** Trails and density, as far as there is something to draw. */
function Layers() {
  const trails = useExplore((state) => state.trails);
  const density = useExplore((state) => state.density);
  const calm = useReducedMotion();
  const usable = useStudio(
    ({ synthetic, model }) => synthetic.sampleId !== null && model.status === 'ready',
  );
  return (
    <>
      {usable && (
        <label
          className="toggle"
          title={calm ? 'Your system asks for less motion: trails are off.' : 'Ways from noise'}
        >
          <input
            type="checkbox"
            className="check"
            checked={trails && !calm}
            disabled={calm}
            onChange={() => void toggleTrails()}
          />
          Trails
        </label>
      )}
      <label className="toggle" title="Lines of equal density of the real cells">
        <input
          type="checkbox"
          className="check"
          checked={density}
          onChange={() => void toggleDensity()}
        />
        Density
      </label>
    </>
  );
}

const tools: readonly (readonly [MapTool, string, string, string])[] = [
  ['move', 'Move', 'Move the map', 'M8 2v12M2 8h12M6.2 3.8 8 2l1.8 1.8M6.2 12.2 8 14l1.8-1.8M3.8 6.2 2 8l1.8 1.8M12.2 6.2 14 8l-1.8 1.8'], // prettier-ignore
  ['lasso', 'Lasso', 'Lasso (L): Shift adds, Alt subtracts', 'M5 10.2C3.200 9.500 2 8.300 2 6.800 2 4.400 4.700 2.500 8 2.500s6 1.900 6 4.300-2.700 4.300-6 4.300c-.6 0-1.200-.1-1.800-.2M6.200 10.900a1.500 1.500 0 1 0-2.300.9c.4.900.1 1.600-.7 2'], // prettier-ignore
  ['rectangle', 'Rectangle', 'Rectangle (R): Shift adds, Alt subtracts', 'M2.500 5V3.500h2M7 3.500h2M11.500 3.500h2V5M13.500 7.200v1.600M13.500 11v1.500h-2M9 12.500H7M4.500 12.500h-2V11M2.500 8.800V7.200'], // prettier-ignore
];

/** What dragging on the map does. */
function Tools() {
  const tool = useExplore((state) => state.tool);
  return (
    <div className="row tools" role="group" aria-label="Dragging on the map">
      {tools.map(([name, label, title, path]) => (
        <button
          key={name}
          type="button"
          className={tool === name ? 'tool on' : 'tool'}
          aria-label={label}
          aria-pressed={tool === name}
          title={title}
          onClick={() => setTool(name)}
        >
          <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d={path} />
          </svg>
        </button>
      ))}
    </div>
  );
}
