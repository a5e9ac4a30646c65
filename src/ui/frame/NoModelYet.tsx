/** @file What stands where a model is needed and none is there: how to come by one, from where the page is. */
import { useStudio } from '../../state/store.ts';
import type { StudioState } from '../../state/types.ts';
import { Empty } from '../controls/Note.tsx';

/** What to do next for a model, by what has been opened. */
export function adviceForModel(status: StudioState['data']['status']): string {
  if (status === 'opening' || status === 'loading') return 'The file is being opened.';
  if (status === 'preview') return 'Choose how much to read, then press Train.';
  return status === 'ready' ? 'Press Train in Data or Model.' : 'Open a file, then press Train.';
}

/** No model yet. */
export function NoModelYet() {
  const status = useStudio(({ data }) => data.status);
  return <Empty missing="No model yet" advice={adviceForModel(status)} />;
}
