/** @file Which map the cells are drawn on, where the file brings one: any of its own, or a UMAP made here. */
import { chooseMap } from '../../state/actions/map-choice.ts';
import { useStudio } from '../../state/store.ts';

const made = 'Made here';
const none: readonly string[] = [];

/** A list of the file's maps, by their keys in obsm, beside UMAP and PCA; nothing where the file brings none. */
export function MapChoice() {
  const maps = useStudio((state) => state.data.summary?.maps ?? none);
  const ready = useStudio((state) => state.data.status === 'ready');
  const mapKey = useStudio((state) => state.data.mapKey);
  const running = useStudio((state) => state.data.mapProgress !== null);
  if (!ready || maps.length === 0) return null;
  return (
    <select
      className="map-choice"
      aria-label="Map"
      title="The map: one of the file's (obsm), or a UMAP made here"
      value={mapKey ?? made}
      disabled={running}
      onChange={({ currentTarget: { value } }) => void chooseMap(value === made ? null : value)}
    >
      {maps.map((key) => (
        <option key={key}>{key}</option>
      ))}
      <option>{made}</option>
    </select>
  );
}
