/** @file What stands where a model is needed and none is there: it is on its way, or how to come by one from where the page is. */
import { useStudio } from '../../state/store.ts';
import type { ModelState, StudioState } from '../../state/types.ts';
import { Empty } from '../controls/Note.tsx';

/** What to do next for a model, by what has been opened. */
export function adviceForModel(status: StudioState['data']['status']): string {
  if (status === 'opening' || status === 'loading') return 'The file is being opened.';
  if (status === 'preview') return 'Choose how much to read, then press Train.';
  return status === 'ready' ? 'Press Train in Data or Model.' : 'Open a file, then press Train.';
}

/** A model that is on its way, and where it comes from; null when none is. */
export function arrivalOf({
  status,
  origin,
}: Pick<ModelState, 'status' | 'origin'>): { readonly what: string; readonly from: string } | null {
  if (status !== 'loading') return null;
  switch (origin) {
    case 'ready-made':
      return { what: 'The ready-made model is being loaded', from: 'It comes with the demo.' };
    case 'restored':
      return {
        what: 'The model is being brought back',
        from: 'It was trained on this file before and kept in this browser.',
      };
    default:
      return { what: 'The model file is being opened', from: 'It follows in a few seconds.' };
  }
}

/** `arrivalOf` the page's model. */
export function useArrival(): ReturnType<typeof arrivalOf> {
  const status = useStudio(({ model }) => model.status);
  const origin = useStudio(({ model }) => model.origin);
  return arrivalOf({ status, origin });
}

/** No model yet, or not here yet. */
export function NoModelYet() {
  const status = useStudio(({ data }) => data.status);
  const arrival = useArrival();
  if (arrival) return <Empty missing={arrival.what} advice={arrival.from} busy />;
  return <Empty missing="No model yet" advice={adviceForModel(status)} />;
}
