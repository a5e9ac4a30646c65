/** @file Which map the cells are drawn on, where there is more than one: the file's own, or a UMAP made here. */
import { chooseMap } from '../../state/actions/map-choice.ts';
import type { FeatureKind } from '../../protocol/dataset.ts';
import { kindWords, measuredKind } from '../../state/kinds.ts';
import { latentMap, mapByKind } from '../../state/map-names.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';

const made = 'Made here';
const none: readonly string[] = [];
const noKinds: readonly FeatureKind[] = [];

/**
 * A list of the file's maps, by their keys in obsm, beside UMAP and PCA. A file with a single map needs no list until another was made
 * here (the palette's "Make a UMAP here").
 */
export function MapChoice() {
  const maps = useStudio((state) => state.data.summary?.maps ?? none);
  const ready = useStudio((state) => state.data.status === 'ready');
  const mapKey = useStudio((state) => state.data.mapKey);
  const running = useStudio((state) => state.data.mapProgress !== null);
  const kinds = useStudio((state) => state.data.summary?.kinds ?? noKinds);
  const model = useStudio((state) => state.model.status === 'ready' && state.model.info !== null);
  const open = kinds.filter((kind) => kind.open);
  const several = open.length > 1;
  if (!ready || (!several && maps.length === 0)) return null;
  if (!several && maps.length === 1 && mapKey !== null) return null;
  const first = measuredKind({ kinds });
  const byKind = open
    .filter(({ name }) => name !== first?.name)
    .map((kind) => ({ value: mapByKind(kind.name), label: `By ${kindWords(kind).many}`, note: 'UMAP of LSI' })); // prettier-ignore
  const latent = model ? [{ value: latentMap, label: 'By both', note: 'the model’s latent' }] : []; // prettier-ignore
  return (
    <Choice
      label="Map"
      className="slim map-choice"
      menuWidth={176}
      entries={[
        ...maps.map((key) => ({ value: key, label: key, note: 'of the file' })),
        { value: made, label: several ? 'By genes' : made, note: 'UMAP' },
        ...(several ? [...byKind, ...latent] : []),
      ].map((entry) => ({ ...entry, closedNote: '' }))}
      value={mapKey ?? made}
      disabled={running}
      onChange={(value) => void chooseMap(value === made ? null : value)}
    />
  );
}
