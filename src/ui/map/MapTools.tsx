/** @file The tool bar over the map: overlay, colours, layers, fit. */
import { requestFit, setOverlay, toggleLayer } from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import { Segments } from '../controls/Segments.tsx';
import { ColourByPick } from './ColourByPick.tsx';
import './map-tools.css';

const overlays = [
  { value: 'umap', label: 'UMAP' },
  { value: 'pca', label: 'PCA' },
] as const;

/** Overlay, Colour by, the layers that exist, Fit map; lays its parts out in a row of the parent's height. */
export function MapTools() {
  const overlay = useStudio((state) => state.look.overlay);
  const showReal = useStudio((state) => state.view.showReal);
  const showSynthetic = useStudio((state) => state.view.showSynthetic);
  const hasSynthetic = useStudio((state) => state.synthetic.umap !== null);
  return (
    <div className="maptools">
      <Segments label="Overlay" options={overlays} value={overlay} onChange={setOverlay} />
      <div className="row">
        <span className="mute field-lab" aria-hidden="true">
          Colour by
        </span>
        <ColourByPick />
      </div>
      <span className="grow" />
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
      </div>
      <span className="sep" />
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
    </div>
  );
}
