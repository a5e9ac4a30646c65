/** @file Which map the cells are drawn on, where there is more than one: the file's own, or a UMAP made here. */
import { chooseMap } from '../../state/actions/map-choice.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';

const made = 'Made here';
const none: readonly string[] = [];

/**
 * A list of the file's maps, by their keys in obsm, beside UMAP and PCA. A file with a single map needs no list until another was made
 * here (the palette's "Make a UMAP here").
 */
export function MapChoice() {
  const maps = useStudio((state) => state.data.summary?.maps ?? none);
  const ready = useStudio((state) => state.data.status === 'ready');
  const mapKey = useStudio((state) => state.data.mapKey);
  const running = useStudio((state) => state.data.mapProgress !== null);
  if (!ready || maps.length === 0 || (maps.length === 1 && mapKey !== null)) return null;
  return (
    <Choice
      label="Map"
      className="slim map-choice"
      menuWidth={176}
      entries={[
        ...maps.map((key) => ({ value: key, label: key, note: 'of the file' })),
        { value: made, label: made, note: 'UMAP' },
      ].map((entry) => ({ ...entry, closedNote: '' }))}
      value={mapKey ?? made}
      disabled={running}
      onChange={(value) => void chooseMap(value === made ? null : value)}
    />
  );
}
