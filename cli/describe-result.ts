/** @file A command's result for a person: one line a fact, what belongs together indented. */

/** Entries of a list that a person is shown; JSON has all of them. */
const MOST_LISTED = 40;

/** Digits that a person is shown of a number that is not whole. */
const DIGITS = 5;

/** The lines of a result. What is empty, null or left out has none. */
export function describeResult(result: object, indent = ''): string {
  return Object.entries(result)
    .flatMap(([key, value]) => linesOf(key, value, indent))
    .join('\n');
}

function linesOf(key: string, value: unknown, indent: string): string[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [`${indent}${key}: ${wordOf(value)}`];
  if (Object.keys(value).length === 0) return [];
  if (!Array.isArray(value)) return [`${indent}${key}:`, describeResult(value, `${indent}  `)];
  const items: readonly unknown[] = value;
  if (items.every((item) => typeof item !== 'object')) {
    return [`${indent}${key}: ${listed(items, ', ')}`];
  }
  return [`${indent}${key}:`, listed(items, `\n`, `${indent}  `)];
}

/** The first entries, and how many more there are. */
function listed(items: readonly unknown[], between: string, indent = ''): string {
  const shown = items.slice(0, MOST_LISTED).map((item) => `${indent}${inOneLine(item)}`);
  const more = items.length - shown.length;
  return `${shown.join(between)}${more > 0 ? `${between}${indent}and ${more} more` : ''}`;
}

/** An entry of a list: its facts one after the other. */
function inOneLine(item: unknown): string {
  if (typeof item !== 'object' || item === null) return wordOf(item);
  if (Array.isArray(item)) return item.map(inOneLine).join(', ');
  return Object.entries(item)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => `${key} ${inOneLine(value)}`)
    .join(' · ');
}

function wordOf(value: unknown): string {
  const long = typeof value === 'number' && !Number.isInteger(value);
  return long ? String(Number(value.toPrecision(DIGITS))) : String(value);
}
