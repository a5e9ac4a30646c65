/** @file What the map that cells are placed on is called: the file's own name for it, a label for a person, a key for an export. */

const known: readonly (readonly [RegExp, string])[] = [
  [/^(x_)?umap$/i, 'UMAP'],
  [/^(x_)?t-?sne$/i, 't-SNE'],
  [/^(x_)?pca$/i, "File's PCA"],
  [/^(x_)?spatial$/i, 'Spatial'],
  [/^(x_)?draw_graph_(.+)$/i, 'Graph'],
  [/^(x_)?phate$/i, 'PHATE'],
];

/** Name of a map on the page: UMAP for one made here (null); the key of obsm without its X_ where nothing better is known. */
export function mapLabel(key: string | null): string {
  if (key === null) return 'UMAP';
  const found = known.find(([pattern]) => pattern.test(key));
  return found ? found[1] : key.replace(/^X_/i, '');
}

/** Whether synthetic cells' places belong into an export of their own PCA or latent: those keys are taken. */
const taken = new Set(['X_pca', 'X_cfgen']);

/** Key of obsm under which places on this map are exported. */
export function mapExportKey(key: string | null): string {
  if (key === null) return 'X_umap';
  return taken.has(key) ? `${key}_map` : key;
}

/** First part of the names of its two columns in a table, e.g. umap. */
export function mapColumnStem(key: string | null): string {
  return (key ?? 'umap').replace(/^X_/i, '').toLowerCase();
}
