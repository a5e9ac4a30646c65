/** @file Which key does what: one list for the keyboard and for the list of keys. */

/** What a key asks for. */
export type KeyCommand =
  | 'palette'
  | 'keys'
  | 'step-data'
  | 'step-model'
  | 'step-generate'
  | 'step-check'
  | 'step-export'
  | 'step-apply'
  | 'step-perturb'
  | 'open'
  | 'generate'
  | 'export'
  | 'flow'
  | 'flow-back'
  | 'flow-forward'
  | 'flow-back-10'
  | 'flow-forward-10'
  | 'umap'
  | 'pca'
  | 'fit'
  | 'training'
  | 'verdict'
  | 'find-gene'
  | 'lasso'
  | 'rectangle'
  | 'undo'
  | 'redo'
  | 'landmark'
  | 'close';

const single: Readonly<Record<string, KeyCommand>> = {
  '?': 'keys',
  '1': 'step-data',
  '2': 'step-model',
  '3': 'step-generate',
  '4': 'step-check',
  '5': 'step-export',
  '6': 'step-apply',
  '7': 'step-perturb',
  o: 'open',
  g: 'generate',
  e: 'export',
  ' ': 'flow',
  ',': 'flow-back',
  '.': 'flow-forward',
  '<': 'flow-back-10',
  '>': 'flow-forward-10',
  u: 'umap',
  p: 'pca',
  f: 'fit',
  t: 'training',
  v: 'verdict',
  '/': 'find-gene',
  l: 'lasso',
  r: 'rectangle',
};

/** The facts of a key press that decide. */
export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/**
 * The command of a key press, or null.
 *
 * @param where 'text' in a text field, 'control' on a button, link or slider (Space and the keys of a slider are its own), 'page' elsewhere
 * @param singleKeys whether single letters are switched on
 */
export function commandOf(
  press: KeyPress,
  where: 'text' | 'control' | 'page',
  singleKeys: boolean,
): KeyCommand | null {
  const { key, ctrlKey, metaKey, altKey } = press;
  if (altKey) return null;
  if (ctrlKey || metaKey) return chord(key.toLowerCase(), press.shiftKey, where);
  if (key === 'F6') return 'landmark';
  if (key === 'Escape') return 'close';
  if (!singleKeys || where === 'text') return null;
  if (key === ' ' && where === 'control') return null;
  if (press.shiftKey && key === ',') return 'flow-back-10';
  if (press.shiftKey && key === '.') return 'flow-forward-10';
  if (press.shiftKey && /^[a-z]$/i.test(key)) return null;
  return single[key.toLowerCase()] ?? null;
}

function chord(key: string, shift: boolean, where: string): KeyCommand | null {
  if (key === 'k') return 'palette';
  if (where === 'text') return null;
  if (key === 'z') return shift ? 'redo' : 'undo';
  return key === 'y' ? 'redo' : null;
}

/** Rows of the list of keys: keys, and what they do. */
export const keyRows: readonly (readonly [readonly string[], string])[] = [
  [['Ctrl K'], 'search and commands'],
  [['?'], 'this list'],
  [['1', '2', '3', '4', '5', '6'], 'steps Data, Model, Generate, Check, Export, Apply'],
  [['7'], 'step Perturb, with a model of a perturbation screen'],
  [['O'], 'open a file'],
  [['G'], 'generate'],
  [['E'], 'export cells'],
  [['Space'], 'play or freeze the flow'],
  [[',', '.'], 'flow one step back, forward (Shift: 10 steps)'],
  [['U', 'P'], 'UMAP, PCA'],
  [['F'], 'fit the map'],
  [['T', 'V'], 'training curves, verdict'],
  [['/'], 'find a gene'],
  [['L', 'R'], 'lasso, rectangle on the map (Shift adds, Alt subtracts)'],
  [['Enter'], 'on the map: select the cells in view (Shift adds, Alt subtracts)'],
  [['← →'], 'on a slider: 0.1 (Page Up, Page Down: 0.5)'],
  [['Home', 'End'], 'on a slider: 0 and 4 (Backspace: 1)'],
  [['Ctrl Z'], 'undo (Shift Ctrl Z: redo)'],
  [['F6'], 'next part of the page'],
  [['Esc'], 'close menu, dialog, panel, drawer; clear the selection'],
];
