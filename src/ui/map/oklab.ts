/** @file OKLab, the colour space in which sequences are interpolated and palette distances are measured. */

/** Red, green and blue, 0–255. */
export type Rgb = readonly [number, number, number];
/** OKLab lightness 0–1 and the two opponent axes, about −0.4 to 0.4. */
export type Lab = readonly [number, number, number];

/** Reads `#rgb`, `#rrggbb` or `#rrggbbaa` (alpha dropped) and `rgb(r g b)`; anything else is mid grey. */
export function parseColour(text: string): Rgb {
  const trimmed = text.trim();
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(trimmed);
  if (short) return hexParts(short[1] + short[1] + short[2] + short[2] + short[3] + short[3]);
  const long = /^#([0-9a-f]{6})([0-9a-f]{2})?$/i.exec(trimmed);
  if (long) return hexParts(long[1]);
  const numbers = /^rgba?\(([^)]+)\)/i
    .exec(trimmed)?.[1]
    .split(/[\s,/]+/)
    .map(Number);
  if (numbers && numbers.length >= 3 && numbers.slice(0, 3).every(Number.isFinite))
    return [numbers[0], numbers[1], numbers[2]];
  return [128, 128, 128];
}

function hexParts(six: string): Rgb {
  const value = Number.parseInt(six, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** sRGB 0–255 to linear light 0–1 (IEC 61966-2-1). */
export function toLinear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

/** The ink, black or white, that stands out more on a colour: at least 4.5 to 1 on any (WCAG 2.2 relative luminance). */
export function inkOn([red, green, blue]: Rgb): '#000000' | '#ffffff' {
  const light = 0.2126 * toLinear(red) + 0.7152 * toLinear(green) + 0.0722 * toLinear(blue);
  return light > 0.179 ? '#000000' : '#ffffff';
}

/** Linear light 0–1 to sRGB 0–255, rounded and clamped. */
export function fromLinear(light: number): number {
  const c = light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
  return Math.round(Math.min(1, Math.max(0, c)) * 255);
}

/** sRGB to OKLab. Source: Ottosson 2020, "A perceptual color space for image processing". */
export function toOklab([red, green, blue]: Rgb): Lab {
  const r = toLinear(red);
  const g = toLinear(green);
  const b = toLinear(blue);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** OKLab to sRGB, clamped to the gamut channel by channel. */
export function fromOklab([L, a, b]: Lab): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** Euclidean distance in OKLab; 0.02 is about one just noticeable difference. */
export function oklabDistance(a: Lab, b: Lab): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
