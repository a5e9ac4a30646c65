/** @file How numbers of measures are written on the page and in files. */

/** Six digits, for files. */
export function numberText(value: number | null | undefined): string {
  return value === undefined || value === null ? '' : String(Number(value.toPrecision(6)));
}

/** Three digits, for the page. */
export function shownNumber(value: number | null | undefined): string {
  if (value === undefined || value === null) return '–';
  if (value !== 0 && Math.abs(value) < 0.0001) return value < 0 ? '> −0.0001' : '< 0.0001';
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
