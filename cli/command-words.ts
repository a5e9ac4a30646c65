/** @file Errors and advice of the layers below speak of the page; the command line says the same in its own words. */
import type { StudioError } from '../src/protocol/errors.ts';

/** What the page says, and what a command says in its place. */
export const wordPairs: readonly (readonly [page: string | RegExp, command: string])[] = [
  // opening files
  [
    'The file was changed, moved or removed since it was opened, or the browser lost its permission. What was read from it is still here; drop the file here again to go on with it.',
    'The file was changed, moved or removed since it was opened. Run the command again.',
  ],
  [', then drop the new file here.', ', then run the command on the new one.'],
  ['Give it a name that ends with .cellsmith, and open it after its data.', 'This command reads a file of cells in its place; cellsmith info says what is in a model.'], // prettier-ignore
  ['Save the model again where it was trained, and open that file.', 'Save the model again where it was trained, and name that file.'], // prettier-ignore
  ['Reload the page to get the newest version (or update the command line), and open the file again.', 'Update Cellsmith and run the command again.'], // prettier-ignore
  ['Choose a file with cells and genes.', 'Name a file with cells and genes.'],
  [' and open it again.', ' and run the command again.'],
  [' and open the file again.', ' and run the command again.'],
  ['Open one of them at a time.', 'Name one of them at a time.'],
  // room
  ['; this tab may use about ', '; this program may use about '],
  [
    /Use [\d,]+ random cells instead\?/g,
    'Save a file with fewer cells, then run the command on that.',
  ],
  ['Save a file with fewer cells, then open that.', 'Save a file with fewer cells, then run the command on that.'], // prettier-ignore
  ["The browser's storage is full.", 'The disk is full.'],
  ['It gives this page no more room on the disk.', 'There is no more room for a temporary file.'],
  [' on the disk or in the browser', ' on the disk'],
  ['Train on the genes that are open, or save the file with a CSR matrix and open that.', 'Save the file with a CSR matrix, then run the command on that.'], // prettier-ignore
  // choosing cells and genes
  [' and lie inside the limits. Widen the limits, keep more values, or open a file with more cells.', '. Name a file with more cells.'], // prettier-ignore
  ['Widen the limits or keep more categories.', 'Name a file with more cells.'],
  ['Widen the limits, bring values back, or do not use this attribute.', 'Leave this column out of --attributes.'], // prettier-ignore
  ['Lower the number of cells a gene must be found in, or open a file with more genes.', 'Lower --min-cells, or name a file with more genes.'], // prettier-ignore
  ['Lower the number of cells a gene must be seen in.', 'Lower --min-cells.'],
  // devices
  ['This browser cannot run WebAssembly', 'This version of Node cannot run WebAssembly'],
  ['Choose another device or a current browser, or leave the choice to Cellsmith.', 'Choose another --device, or leave the option out.'], // prettier-ignore
  ['Reload the page; your files and models are kept.', 'Run the command again, with --device cpu if it does not help.'], // prettier-ignore
  // models
  [' is needed here. Open one, or train one.', ' is needed here. Name one, or train one.'],
  // anything
  ['Your file and your model are unchanged. Try again; if it happens again, reload the page.', 'Your files are unchanged. Run the command again; with --json it prints the cause.'], // prettier-ignore
  // advice of a verdict
  ['Open more cells, or hold out a larger share of them before training (Model, Held-out cells).', 'Compare with more real cells, or hold out a larger share before training (train --held-out).'], // prettier-ignore
  ['Set Library size to "As in chosen cells"; if it is, train on more cells.', 'Sample with --library chosen; if they were, train on more cells.'], // prettier-ignore
];

/** A text of the page in the words of the command line. */
export function commandWords(text: string): string {
  return wordPairs.reduce((said, [page, command]) => said.replaceAll(page, command), text);
}

/** Title and message of an error for a person at a terminal. */
export function errorWords({ title, message }: StudioError): string {
  return commandWords(`${title} ${message}`);
}
