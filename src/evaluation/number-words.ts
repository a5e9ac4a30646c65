/** @file Numbers inside the verdict's sentences: thin spaces before units (of the kind at which no line breaks), true minus. */

const thin = '\u202f';
const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A whole number, 2,618. */
function wholeWords(value: number): string {
  return grouped.format(value);
}

/** Two significant figures without exponents, e.g. 0.0047, 2.4, 21. */
export function shortWords(value: number): string {
  if (!(Math.abs(value) >= 1e-6)) return '0';
  if (Math.abs(value) >= 99.5) return wholeWords(value);
  const digits = Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(7, digits)).replace('-', '\u2212');
}

/** A share as per cent: 55 %, below 10 % with one decimal. */
export function percentWords(share: number): string {
  const percent = share * 100;
  const text = percent < 9.95 && percent >= 0.05 ? percent.toFixed(1) : percent.toFixed(0);
  return `${text.replace('-', '\u2212')}${thin}%`;
}

/** A ratio, 1.9×. */
export function timesWords(ratio: number): string {
  return `${shortWords(ratio)}×`;
}
