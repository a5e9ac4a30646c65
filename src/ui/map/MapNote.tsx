/** @file The note on the map: how a synthetic cell got its place, and the view that can contradict it. */
import { useMemo } from 'react';
import { setColourBy, setOverlay } from '../../state/actions/index.ts';
import { formatPercent } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { floatArray } from '../../state/array-registry.ts';
import { useExplore } from '../../state/explore.ts';
import { countUnplaced, farWarning, noteOf } from './map-words.ts';

/** The note at the foot of the map, or the progress of the UMAP while it is being laid out. */
export function MapNote() {
  const overlay = useStudio((state) => state.look.overlay);
  const latent = useStudio((state) => state.model.latentPca !== null);
  const modelReady = useStudio((state) => state.model.status === 'ready');
  const modelComing = useStudio((state) => state.model.status === 'loading');
  const flowTime = useStudio((state) => state.view.flowTime);
  const generating = useStudio((state) => state.view.step === 'generate');
  const umapComputed = useStudio((state) => state.data.umapComputed);
  const mapSeconds = useStudio((state) => state.data.mapSeconds);
  const progress = useStudio((state) => state.data.mapProgress);
  const previewStep = useStudio((state) => state.synthetic.previewStep);
  const synthetic = useStudio((state) => (state.synthetic.umap ? state.synthetic.cells : 0));
  const joint = useExplore((state) => (state.joint.shown ? state.joint : null));
  const trails = useExplore((state) => state.trails);
  const distance = useStudio((state) => state.synthetic.distance);
  const far = useMemo(() => farWarning(floatArray(distance)), [distance]);
  const umap = useStudio((state) => state.data.umap);
  const tissue = useStudio((state) => /spatial/i.test(state.data.mapKey ?? ''));
  const fileMaps = useStudio((state) => (state.data.summary?.maps.length ?? 0) > 0);
  const unplaced = useMemo(() => countUnplaced(floatArray(umap)), [umap]);
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
    unplaced: overlay === 'umap' ? unplaced : 0,
    fileMaps,
    tissue,
    latent,
    flowTime,
    synthetic,
    previewStep,
    umapComputed,
    mapSeconds,
    modelReady,
    modelComing,
    generating,
    joint,
    trails,
  });
  if (!note) return null;
  return (
    <div className="mapnote">
      {far && synthetic > 0 && previewStep === null && (
        <p className="far">
          <b>Far from all real cells.</b> {far}{' '}
          <button type="button" className="link" onClick={() => setColourBy({ kind: 'distance' })}>
            Show the distance
          </button>
        </p>
      )}
      {note.text}
      {note.offerPca && (
        <>
          {' '}
          <button type="button" className="link" onClick={() => setOverlay('pca')}>
            Check on PCA
          </button>
        </>
      )}
    </div>
  );
}
