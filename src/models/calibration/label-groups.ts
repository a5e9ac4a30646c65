/** @file Training cells by combination of labels: which attributes tell them apart, and the sums of their counts. */
import { combinationKey } from '../training/split.ts';

/** Combinations of labels that are told apart at most. */
const MOST_GROUPS = 256;

/** Attributes of more categories than this have no offsets. */
const MOST_CATEGORIES = 256;

/** The cells of one combination of labels. */
export interface Group {
  /** Its number among the groups, by first appearance. */
  readonly place: number;
  /** Category per attribute that tells groups apart, −1 for the others. */
  readonly codes: readonly number[];
  cells: number;
  /** Their counts, [genes]. */
  readonly observed: Float64Array;
}

/** Which attributes have offsets: in their order, while the combinations are few enough to be told apart. */
export function chosenAttributes(
  categories: readonly number[],
  {
    codes,
    trainingCells,
  }: { readonly codes: readonly Int32Array[]; readonly trainingCells: Uint32Array },
): boolean[] {
  const used = categories.map(() => false);
  categories.forEach((count, a) => {
    if (count > MOST_CATEGORIES) return;
    used[a] = true;
    const keys = new Set<string>();
    for (const cell of trainingCells) {
      keys.add(combinationKey(codes.map((own, b) => (used[b] ? own[cell] : -1))));
    }
    if (keys.size > MOST_GROUPS) used[a] = false;
  });
  return used;
}

/** Counts of training cells, summed by combination of labels. */
export class Groups {
  /** Which attributes tell groups apart. */
  readonly attributes: readonly boolean[];
  readonly #codes: readonly Int32Array[];
  readonly #genes: number;
  readonly #byKey = new Map<string, Group>();

  constructor(attributes: readonly boolean[], codes: readonly Int32Array[], genes: number) {
    this.attributes = attributes;
    this.#codes = codes;
    this.#genes = genes;
  }

  /** The group of a cell of the data. */
  of(cell: number): Group {
    const codes = this.#codes.map((own, a) => (this.attributes[a] ? own[cell] : -1));
    const key = combinationKey(codes);
    let group = this.#byKey.get(key);
    if (group === undefined) {
      const place = this.#byKey.size;
      group = { place, codes, cells: 0, observed: new Float64Array(this.#genes) };
      this.#byKey.set(key, group);
    }
    return group;
  }

  /** All groups, by place. */
  all(): Group[] {
    return [...this.#byKey.values()];
  }
}
