/** @file Names made unique by a number at the end, as anndata's var_names_make_unique does. */

/**
 * Each name's first occurrence stays; later ones get "-1", "-2" …, skipping names that are taken.
 * Returns the argument itself when nothing has to change. Source: anndata.utils.make_index_unique.
 */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set(names);
  if (taken.size === names.length) return names;
  const seen = new Set<string>();
  const numbers = new Map<string, number>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    let number = numbers.get(name) ?? 0;
    let unique: string;
    do unique = `${name}-${++number}`;
    while (taken.has(unique));
    numbers.set(name, number);
    taken.add(unique);
    return unique;
  });
}
