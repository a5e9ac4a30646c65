/** @file What the map that cells are placed on is called: the file's own name for it, a label for a person, a key for an export. */

const known: readonly (readonly [RegExp, string])[] = [
  [/^(x_)?umap$/i, 'UMAP'],
  [/^(x_)?t-?sne$/i, 't-SNE'],
  [/^(x_)?pca$/i, "File's PCA"],
  [/^(x_)?spatial$/i, 'Spatial'],
  [/^(x_)?draw_graph_(.+)$/i, 'Graph'],
  [/^(x_)?phate$/i, 'PHATE'],
];

/** Maps that are made here by other things than genes: "kind:NAME" by a kind of features, "latent:" by the model's latents. */
export const latentMap = 'latent:';
const kindMap = 'kind:';

/** The map by a kind of features. */
export function mapByKind(name: string): string {
  return `${kindMap}${name}`;
}

/** The kind of features that a map is made by; null for other maps. */
export function kindOfMap(key: string | null): string | null {
  return key?.startsWith(kindMap) ? key.slice(kindMap.length) : null;
}

/** Whether a map is made here and not brought by the file. */
export function isMadeHere(key: string | null): boolean {
  return key === null || key === latentMap || kindOfMap(key) !== null;
}

/** Name of a map on the page: UMAP for one made here (null); the key of obsm without its X_ where nothing better is known. */
export function mapLabel(key: string | null): string {
  if (key === null || isMadeHere(key)) return 'UMAP';
  const found = known.find(([pattern]) => pattern.test(key));
  return found ? found[1] : key.replace(/^X_/i, '');
}

/** Whether synthetic cells' places belong into an export of their own PCA or latent: those keys are taken. */
const taken = new Set(['X_pca', 'X_cfgen', 'X_scldm', 'X_scdfm']);

/** Key of obsm under which places on this map are exported. */
export function mapExportKey(key: string | null): string {
  if (key === null) return 'X_umap';
  if (key === latentMap) return 'X_umap_latent';
  const kind = kindOfMap(key);
  if (kind !== null) return `X_umap_${kind.replace(/\W+/g, '_').toLowerCase()}`;
  return taken.has(key) ? `${key}_map` : key;
}

/** First part of the names of its two columns in a table, e.g. umap. */
export function mapColumnStem(key: string | null): string {
  return mapExportKey(key).replace(/^X_/i, '').toLowerCase();
}
