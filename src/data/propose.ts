/** @file Which obs columns to propose as attributes, told by their names and by how they overlap. */

/** A steerable column. */
export interface NamedColumn {
  readonly name: string;
  readonly categories: readonly string[];
  readonly codes: Int32Array;
}

type Rule = readonly [RegExp, number];

/** What a cell is. */
const identityRules: readonly Rule[] = [
  [/^cell_?types?$/i, 100],
  [/cell_?type/i, 90],
  [/annot/i, 80],
  [/label/i, 75],
  [/class|lineage|population|subset|identity|cell_?state/i, 70],
  [/cluster|leiden|louvain/i, 60],
];

/** Under what circumstances it was taken. */
const contextRules: readonly Rule[] = [
  [/condition|treatment|stim|perturb|guide|drug/i, 100],
  [/disease|diagnos|genotype|phenotype|status|group/i, 80],
  [/tissue|region|organ|location/i, 70],
  [/time|stage|age|day/i, 65],
  [/phase/i, 60],
  [/donor|patient|individual|subject|replicate|batch|sample|plate/i, 55],
  [/sex|gender|strain/i, 50],
];

const score = (name: string, rules: readonly Rule[]): number => {
  const found = rules.find(([pattern]) => pattern.test(name))?.[1] ?? 0;
  const isIdentifier = /ontology|_id$|term/i.test(name);
  return isIdentifier ? found / 4 : found;
};

/**
 * Share of cells whose value in `to` is the usual one for their value in `from`; 1 when `from` decides `to`.
 * Cells missing in either column are left out.
 */
export function decides(from: NamedColumn, to: NamedColumn): number {
  const width = to.categories.length;
  const table = new Uint32Array(from.categories.length * width);
  let cells = 0;
  for (let i = 0; i < from.codes.length; i++) {
    if (from.codes[i] < 0 || to.codes[i] < 0) continue;
    table[from.codes[i] * width + to.codes[i]]++;
    cells++;
  }
  let usual = 0;
  for (let r = 0; r < from.categories.length; r++) {
    let largest = 0;
    for (let c = 0; c < width; c++) largest = Math.max(largest, table[r * width + c]);
    usual += largest;
  }
  return cells === 0 ? 0 : usual / cells;
}

/** Whether two columns say almost the same: each decides the other in 97 % of the cells. */
export function isNearCopy(a: NamedColumn, b: NamedColumn): boolean {
  return decides(a, b) >= 0.97 && decides(b, a) >= 0.97;
}

/** Pairs [later, earlier] of near-copies among columns whose names suggest an attribute. */
export function nearCopies(
  columns: readonly NamedColumn[],
): readonly (readonly [string, string])[] {
  const named = columns.filter(
    ({ name }) => score(name, identityRules) + score(name, contextRules) >= 50,
  );
  const pairs: (readonly [string, string])[] = [];
  for (const [i, later] of named.entries()) {
    const earlier = named.slice(0, i).find((column) => isNearCopy(later, column));
    if (earlier) pairs.push([later.name, earlier.name]);
  }
  return pairs;
}

const mostlyThere = ({ codes }: NamedColumn): boolean => {
  let missing = 0;
  for (const code of codes) if (code < 0) missing++;
  return missing * 2 <= codes.length;
};

function best(columns: readonly NamedColumn[], rules: readonly Rule[]): NamedColumn | null {
  let winner: NamedColumn | null = null;
  for (const column of columns) {
    const points = score(column.name, rules);
    if (points > 0 && (winner === null || points > score(winner.name, rules))) winner = column;
  }
  return winner;
}

/** At most two columns, best first: one that says what a cell is, one that says how it was taken. */
export function proposeAttributes(columns: readonly NamedColumn[]): readonly string[] {
  const usable = columns.filter(mostlyThere);
  const identity = best(usable, identityRules);
  const others = usable.filter(
    (column) => column !== identity && (identity === null || !isNearCopy(column, identity)),
  );
  const context = best(others, contextRules);
  const chosen = [identity, context].filter((column) => column !== null);
  if (chosen.length === 0 && usable.length > 0) chosen.push(usable[0]);
  return chosen.map((column) => column.name);
}
