/** @file The map's content, taken from store and registry: where cells are, what colours them, who they are. */
import { useMemo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { floatArray } from '../../state/array-registry.ts';
import { useExplore } from '../../state/explore.ts';
import { useStudio } from '../../state/store.ts';
import { colouringOf, type Colouring } from './colouring.ts';
import { interpolateFrames } from './flow-frames.ts';

/** Where cells are over flow time. */
export interface FlowPlaces {
  /** [count, cells, 2] */
  readonly frames: Float32Array;
  readonly count: number;
  readonly time: number;
}

/** Synthetic cells of the picture. */
export interface SyntheticPlaces {
  /** x, y pairs */
  readonly places: Float32Array;
  readonly count: number;
  /** Same key: the same cells, so that they may glide. */
  readonly identity: string;
  /** Between noise and cell: the computed frames and the time shown; every time is drawn as it is. */
  readonly flow: FlowPlaces | null;
}

/** Everything the map draws, before colours are computed. */
export interface MapPicture {
  readonly overlay: 'umap' | 'pca';
  /** x, y pairs of real cells; NaN where a cell has no place. */
  readonly real: Float32Array | null;
  readonly synthetic: SyntheticPlaces | null;
  readonly colouring: Colouring;
  /** Variance shares of the two PCA axes shown, or null. */
  readonly variance: readonly number[] | null;
  /** PCA is of the model's latent, not of expression. */
  readonly latent: boolean;
}

/** The colouring with a person's own range, if there is one for what it shows. */
function withRange(
  colouring: Colouring,
  ranges: Readonly<Record<string, { readonly low: number; readonly high: number }>>,
): Colouring {
  if (colouring.kind !== 'numbers') return colouring;
  const range = ranges[colouring.title];
  return range ? { ...colouring, range } : colouring;
}

/** Reads the picture; recomputed only when one of its parts changes. */
export function useMapPicture(): MapPicture {
  const data = useStudio((state) => state.data);
  const look = useStudio((state) => state.look);
  const synthetic = useStudio(
    useShallow(({ synthetic: { asked, recognised, distance, hitShare } }) => ({
      asked,
      recognised,
      distance,
      hitShare,
    })),
  );
  const latentPca = useStudio((state) => state.model.latentPca);
  const latentVariance = useStudio((state) => state.model.latentPcaVariance);
  const gene = useStudio((state) => state.view.gene);
  const hidden = useStudio((state) => state.view.hidden);
  const flowTime = useStudio((state) => state.view.flowTime);
  const { overlay } = look;

  const joint = useExplore((state) => (state.joint.shown ? state.joint.real : null));
  const ranges = useExplore((state) => state.ranges);
  const realId = overlay === 'umap' ? (joint ?? data.umap) : (latentPca ?? data.pca);
  const places = useSyntheticPlaces(overlay, flowTime);
  const colouring = useMemo(
    () => withRange(colouringOf({ data, look, synthetic, view: { gene, hidden } }), ranges),
    [data, look, synthetic, gene, hidden, ranges],
  );
  return useMemo(
    () => ({
      overlay,
      real: floatArray(realId),
      synthetic: places,
      colouring,
      variance: overlay === 'pca' ? (latentPca ? latentVariance : data.pcaVariance) : null,
      latent: latentPca !== null,
    }),
    [overlay, realId, places, colouring, latentPca, latentVariance, data.pcaVariance],
  );
}

function useSyntheticPlaces(overlay: 'umap' | 'pca', flowTime: number): SyntheticPlaces | null {
  const { umap, pca, frames, cells, seed, previewStep } = useStudio(
    useShallow(({ synthetic }) => ({
      umap: synthetic.umap,
      pca: synthetic.pca,
      frames: synthetic.frames,
      cells: synthetic.cells,
      seed: synthetic.seed,
      previewStep: synthetic.previewStep,
    })),
  );
  const mapKey = useStudio((state) => state.data.mapKey);
  const inFlow = overlay === 'pca' && flowTime < 1 && frames !== null;
  const joint = useExplore((state) => (state.joint.shown ? state.joint.synthetic : null));
  const id = overlay === 'umap' ? (joint ?? umap) : pca;
  return useMemo(() => {
    const moving = inFlow && frames ? floatArray(frames.id) : null;
    const places =
      moving && frames ? interpolateFrames(moving, frames.count, flowTime) : floatArray(id);
    if (!places || places.length === 0) return null;
    const count = places.length / 2;
    const kind = previewStep === null ? 'sample' : 'preview';
    const flow = moving && frames ? { frames: moving, count: frames.count, time: flowTime } : null;
    const identity = `${overlay} ${kind} ${count} ${seed}${joint && overlay === 'umap' ? ' joint' : ''}${mapKey ?? ''}`;
    return { places, count: cells || count, identity, flow };
  }, [inFlow, frames, flowTime, id, joint, previewStep, overlay, mapKey, seed, cells]);
}
