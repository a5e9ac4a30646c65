/** @file How the values of a perturbation column are read: which are control, which are combinations, and which column it is at all. */
import type { ScreenSettings } from './perturb.ts';

/** What is needed to read the labels of a screen. */
export type ScreenLabels = Pick<ScreenSettings, 'control' | 'separator'>;

/** An obs column as it is looked at: its name, its values and how many cells each has. */
export interface ScreenColumn {
  readonly name: string;
  readonly categories: readonly string[];
  readonly cells: readonly number[];
}

/** Words that stand for "nothing" inside a combination, as in `A+ctrl`, whatever the control value is called. */
const EMPTY_PARTS: readonly string[] = ['ctrl', 'control'];

/** Values that mean untreated cells, letters and digits only, the surest first. */
const CONTROL_WORDS: readonly string[] =
  `nontargeting nontarget nt ntc control ctrl ctl controls unperturbed untreated unstimulated unstim negctrl negativecontrol
   negcontrol scramble scrambled safetargeting safeharbor dmso vehicle pbs mock notreatment nodrug uninfected wildtype wt resting
   baseline none`.split(/\s+/u);

/** From here on the words are believed only in columns whose name speaks of perturbations, and only as a whole value. */
const UNSURE_WORDS = CONTROL_WORDS.indexOf('wildtype');

/** Values that say that nobody knows what was perturbed in a cell, letters and digits only. */
const UNCLEAR_WORDS: ReadonlySet<string> = new Set(
  `ambiguous unassigned notassigned unknown unk unclear unclassified undefined undetermined uncertain unmapped missing
   multiplet multiplets multiple multi doublet doublets negative na nan null notavailable noguide nosgrna nogrna nocall`.split(
    /\s+/u,
  ),
);

/** Names of columns that hold perturbations, letters and digits only, the surest first. */
const COLUMN_WORDS: readonly string[] =
  `perturbation perturbations perturb targetgene target perturbedgene genetarget knockout condition conditions treatment treatments
   drug compound stimulation stimulus stim cytokine gene genes guideidentity guideidentities guideid guide sgrna grna
   genotype exposure`.split(/\s+/u);

/** Names of columns that hold contexts. */
const CONTEXT_WORDS: readonly string[] =
  `celltype celltypes cellline celllines celltypecoarse celllabel cellontology celltypemajor cellannotation annotation
   cluster louvain leiden context`.split(/\s+/u);

/** Most values that a context may have. */
const MOST_CONTEXTS = 100;

/** What may stand between the members of a combination; the first needs less evidence than the others. */
const SEPARATORS: readonly string[] = ['+', '|', '&', ';', ',', '_'];

const bare = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/gu, '');

function partsOf(label: string, separator: string | null): string[] {
  const parts = separator === null || separator === '' ? [label] : label.split(separator);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/**
 * Members of the set that a value of the column names, sorted, each once; none for control.
 *
 * `A+B` and `B+A` are the same set; parts that mean control (`A+ctrl`) are left out. Without a separator every value is one member.
 */
export function membersOf(label: string, { control, separator }: ScreenLabels): readonly string[] {
  if (label === control) return [];
  if (separator === null || separator === '') return [label];
  const empty = new Set([control, ...partsOf(control, separator)]);
  const parts = partsOf(label, separator);
  const members = parts.filter(
    (part) => !empty.has(part) && (parts.length === 1 || !EMPTY_PARTS.includes(part.toLowerCase())),
  );
  return [...new Set(members)].sort();
}

/** Whether a value of the column says that nobody knows what was perturbed (`ambiguous`, `doublet`, `NA`, nothing at all); control never does. */
export function isUnclear(label: string, screen: ScreenLabels): boolean {
  if (label === screen.control) return false;
  const says = (text: string): boolean =>
    UNCLEAR_WORDS.has(bare(text)) || !/[^\s\p{P}\p{S}]/u.test(text);
  return says(label) || membersOf(label, screen).some(says);
}

/** One text for a set, whatever the order of its members: a key for look-ups. */
export function keyOfMembers(members: readonly string[]): string {
  return JSON.stringify([...new Set(members)].sort());
}

/**
 * The value by which the column names a set: the one in `seenLabels` that has the same members, or else the members, sorted, with the
 * separator (`+` without one) between them. No members: the control value.
 */
export function labelOf(
  members: readonly string[],
  screen: ScreenLabels,
  seenLabels: readonly string[],
): string {
  if (members.length === 0) return screen.control;
  const key = keyOfMembers(members);
  const seen = seenLabels.find((label) => keyOfMembers(membersOf(label, screen)) === key);
  return seen ?? [...new Set(members)].sort().join(screen.separator ?? '+');
}

/**
 * The value that means control, by its name; null when none does. Among several numbered ones the one with most cells. Words that mean
 * other things too (`none`, `baseline`) count only where the column's name speaks of perturbations.
 */
export function proposeControl({ name, categories, cells }: ScreenColumn): string | null {
  const present = [...categories.keys()].filter((k) => cells[k] > 0);
  const isNamed = rankOf(name, COLUMN_WORDS) < 2 * COLUMN_WORDS.length;
  for (const word of isNamed ? CONTROL_WORDS : CONTROL_WORDS.slice(0, UNSURE_WORDS)) {
    const exact = present.filter((k) => bare(categories[k]) === word);
    if (exact.length > 0) return categories[mostCells(exact, cells)];
  }
  for (const word of CONTROL_WORDS.slice(0, UNSURE_WORDS).filter(({ length }) => length > 3)) {
    const begins = present.filter((k) => bare(categories[k]).startsWith(word));
    if (begins.length > 0) return categories[mostCells(begins, cells)];
  }
  return null;
}

function mostCells(among: readonly number[], cells: readonly number[]): number {
  return among.reduce((best, k) => (cells[k] > cells[best] ? k : best));
}

/**
 * What stands between members of combinations; null when no value is one.
 *
 * A `+` is believed when a part of some value means control (`A+ctrl`), or every part of some value stands elsewhere too. Other signs occur inside names: they are believed only when every part
 * of some value is a value of its own (or a word for control).
 */
export function proposeSeparator(categories: readonly string[], control: string): string | null {
  const own = new Set(categories);
  const isEmpty = (part: string): boolean =>
    part === control || EMPTY_PARTS.includes(part.toLowerCase());
  const isKnown = (part: string): boolean => own.has(part) || isEmpty(part);
  for (const sign of SEPARATORS) {
    const split = categories
      .filter((label) => label !== control)
      .map((label) => partsOf(label, sign))
      .filter(({ length }) => length > 1);
    const uses = new Map<string, number>();
    for (const part of split.flatMap((parts) => [...new Set(parts)]))
      uses.set(part, (uses.get(part) ?? 0) + 1);
    const believed =
      sign === '+'
        ? split.some(
            (parts) =>
              parts.some(isEmpty) ||
              parts.every((part) => isKnown(part) || (uses.get(part) ?? 0) > 1),
          )
        : split.some((parts) => parts.every(isKnown));
    if (believed) return sign;
  }
  return null;
}

/** What `proposeScreen` finds. */
export type ProposedScreen = Pick<
  ScreenSettings,
  'attribute' | 'control' | 'separator' | 'context'
>;

/**
 * The perturbation column and its control value, found by their names, with the sign between members and a column of contexts (cell type,
 * line); null when no column has a value that means control. A column of one value is never chosen.
 */
export function proposeScreen(columns: readonly ScreenColumn[]): ProposedScreen | null {
  const candidates = columns.flatMap((column) => {
    const control = column.categories.length > 1 ? proposeControl(column) : null;
    return control === null ? [] : [{ column, control, rank: rankOf(column.name, COLUMN_WORDS) }];
  });
  if (candidates.length === 0) return null;
  const { column, control } = candidates.reduce((best, one) => (one.rank < best.rank ? one : best));
  return {
    attribute: column.name,
    control,
    separator: proposeSeparator(column.categories, control),
    context: proposeContext(columns, column.name),
  };
}

/** Position in the list of words; behind all of them for a name that only contains one, and last for one that does not. */
function rankOf(name: string, words: readonly string[]): number {
  const own = bare(name);
  const exact = words.indexOf(own);
  if (exact >= 0) return exact;
  const inside = words.findIndex((word) => word.length > 3 && own.includes(word));
  return inside >= 0 ? words.length + inside : 2 * words.length;
}

function proposeContext(columns: readonly ScreenColumn[], attribute: string): string | null {
  const usable = columns.filter(
    ({ name, categories }) =>
      name !== attribute && categories.length > 1 && categories.length <= MOST_CONTEXTS,
  );
  const ranked = usable
    .map(({ name }) => ({ name, rank: rankOf(name, CONTEXT_WORDS) }))
    .filter(({ rank }) => rank < 2 * CONTEXT_WORDS.length)
    .sort((a, b) => a.rank - b.rank);
  return ranked.length > 0 ? ranked[0].name : null;
}
