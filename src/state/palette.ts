/** @file Category colours: Okabe–Ito first, then colours chosen to stay apart in OKLab, also for colour-blind eyes. */

const colours = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#86465b',
  '#a4c19d',
  '#8285eb',
  '#3e6102',
  '#8c6b88',
  '#89674b',
  '#665189',
  '#df676b',
  '#adacba',
  '#3e54b1',
  '#01a2c5',
  '#77c566',
  '#dd8123',
  '#5480c7',
  '#798848',
  '#7bb587',
  '#399b95',
  '#71c5df',
] as const;

/** Colours for n categories, #rrggbb; repeats after 24, where labels and hover carry the meaning. */
export function categoryColours(n: number): string[] {
  return Array.from({ length: n }, (_, index) => colours[index % colours.length] ?? colours[0]);
}

/** Number of colours before the palette repeats. */
export const paletteSize = colours.length;
