/** @file Numbers as the studio writes them: 2,618; 84.9 %; 2 min 51 s; 38 ms (thin space before units, true minus). */

const thin = '\u2009';
const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A whole number with thousands separators, e.g. 2,618. */
export function formatNumber(value: number): string {
  return grouped.format(value).replace('-', '\u2212');
}

/** A number with a fixed count of decimals and a true minus. */
export function formatDecimal(value: number, digits: number): string {
  return value.toFixed(digits).replace('-', '\u2212');
}

/** A share in 0–1 as per cent, e.g. 84.9 %. */
export function formatPercent(share: number, digits = 1): string {
  return `${formatDecimal(share * 100, digits)}${thin}%`;
}

/** Seconds as a person says them: 0.9 s, 48 s, 2 min 51 s, 1 h 05 min. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${formatDecimal(Math.max(0, seconds), 1)}${thin}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${thin}s`;
  if (whole < 3600)
    return `${Math.floor(whole / 60)}${thin}min ${String(whole % 60).padStart(2, '0')}${thin}s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)}${thin}h ${String(minutes % 60).padStart(2, '0')}${thin}min`;
}

/** A duration that was rounded to its first unit: 16 min, not 16 min 00 s. */
export function formatAbout(seconds: number): string {
  return formatDuration(seconds).replace(new RegExp(` 00${thin}(s|min)$`), '');
}

/** Milliseconds, e.g. 38 ms; from one second on as a duration. */
export function formatMilliseconds(milliseconds: number): string {
  return milliseconds < 1000
    ? `${Math.round(milliseconds)}${thin}ms`
    : formatDuration(milliseconds / 1000);
}

/** Bytes in decimal units: 412 MB, 1.3 GB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes}${thin}B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = -1;
  do {
    value /= 1000;
    unit += 1;
  } while (value >= 1000 && unit < units.length - 1);
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)}${thin}${units[unit]}`;
}

/** The day of a moment in ISO 8601, e.g. 22 November 2026; what is no moment as it stands. */
export function dayOf(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
}
