/** @file The note on the map: how a synthetic cell got its place, and the view that can contradict it. */
import { setOverlay } from '../../state/actions/index.ts';
import { formatPercent } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { noteOf } from './map-words.ts';

/** The note at the foot of the map, or the progress of the UMAP while it is being laid out. */
export function MapNote() {
  const overlay = useStudio((state) => state.look.overlay);
  const latent = useStudio((state) => state.model.latentPca !== null);
  const modelReady = useStudio((state) => state.model.status === 'ready');
  const flowTime = useStudio((state) => state.view.flowTime);
  const generating = useStudio((state) => state.view.step === 'generate');
  const umapComputed = useStudio((state) => state.data.umapComputed);
  const mapSeconds = useStudio((state) => state.data.mapSeconds);
  const progress = useStudio((state) => state.data.mapProgress);
  const previewStep = useStudio((state) => state.synthetic.previewStep);
  const synthetic = useStudio((state) => (state.synthetic.umap ? state.synthetic.cells : 0));
  if (progress !== null && overlay === 'umap')
    return (
      <div className="mapnote">
        Laying out the UMAP: {formatPercent(progress, 0)}
        <div className="progress">
          <b style={{ width: `${100 * progress}%` }} />
        </div>
      </div>
    );
  const note = noteOf({
    overlay,
    latent,
    flowTime,
    synthetic,
    previewStep,
    umapComputed,
    mapSeconds,
    modelReady,
    generating,
  });
  if (!note) return null;
  return (
    <p className="mapnote">
      {note.text}
      {note.offerPca && (
        <>
          {' '}
          <button type="button" className="link" onClick={() => setOverlay('pca')}>
            Check on PCA
          </button>
        </>
      )}
    </p>
  );
}
