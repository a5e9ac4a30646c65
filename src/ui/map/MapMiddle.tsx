/** @file What the map says while it has nothing to draw: no file, a file being opened, a layout to come, no WebGL2. */
import { openDemo } from '../../state/actions/index.ts';
import { formatPercent } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';

/** The map cannot be drawn in this browser. */
export function NoWebGl2() {
  return (
    <div className="middle" role="note">
      <h2>The map cannot be drawn here</h2>
      <p>
        This browser offers no WebGL2, or its graphics stopped. Everything else works; the legend
        counts the cells. Recent Chrome, Edge, Firefox and Safari draw the map.
      </p>
    </div>
  );
}

/** The empty map: an invitation, or how far opening and laying out are. */
export function MapMiddle() {
  const status = useStudio((state) => state.data.status);
  const doing = useStudio((state) => state.data.doing);
  const share = useStudio((state) => state.data.share);
  const overlay = useStudio((state) => state.look.overlay);
  const progress = useStudio((state) => state.data.mapProgress);
  if (status === 'none')
    return (
      <div className="middle">
        <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 2v7.5M4.8 6.5 8 9.7l3.2-3.2M2.5 11.5v2h11v-2" />
        </svg>
        <h2>Drop an .h5ad file here</h2>
        <p>
          or{' '}
          <button type="button" className="link" onClick={() => void openDemo()}>
            open the demo with 700 blood cells
          </button>
        </p>
      </div>
    );
  const ready = status === 'ready' || status === 'preview';
  if (status === 'preview' && progress === null)
    return (
      <div className="middle">
        <h2>No picture before reading</h2>
        <p>The file holds no map, and its counts cannot be read in part.</p>
      </div>
    );
  const far = ready ? progress : share;
  const title = ready ? `Laying out the ${overlay === 'umap' ? 'UMAP' : 'PCA'}` : 'Opening';
  return (
    <div className="middle">
      <h2>{title}</h2>
      <p>{ready ? 'The cells appear as soon as they have a place.' : (doing ?? '')}</p>
      {far !== null && far > 0 && (
        <>
          <div className="progress">
            <b style={{ width: `${100 * far}%` }} />
          </div>
          <p className="small">{formatPercent(far, 0)}</p>
        </>
      )}
    </div>
  );
}
