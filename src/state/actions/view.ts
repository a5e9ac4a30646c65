/** @file What the page shows: steps, map look, layers, theme, drawer, dialogs. */
import { get, patch } from '../store.ts';
import type { DrawerTab, LookState, Step, ViewState } from '../types.ts';

/** Goes to a step; Export opens its dialog over the step before it, Check the drawer at the verdict (no panel over it). */
export function goTo(step: Step): void {
  if (step === 'export') openExport(true);
  else if (step === 'check') patch('view', { step, panelOpen: false, drawer: 'verdict' });
  else patch('view', { step, panelOpen: true });
}

/** Shows the UMAP or the PCA; on the UMAP only whole cells (flow time 1) have a place. */
export function setOverlay(overlay: LookState['overlay']): void {
  patch('look', { overlay });
  if (overlay === 'umap') patch('view', { flowTime: 1, flowPlaying: false });
}

/** Shows or hides the real or the synthetic cells. */
export function toggleLayer(layer: 'real' | 'synthetic'): void {
  const { view } = get();
  if (layer === 'real') patch('view', { showReal: !view.showReal });
  else patch('view', { showSynthetic: !view.showSynthetic });
}

function setHidden(column: string, categories: readonly string[]): void {
  patch('view', { hidden: { ...get().view.hidden, [column]: categories } });
}

/** Switches one category of the legend on or off. */
export function toggleCategory(column: string, category: string): void {
  const hidden = get().view.hidden[column] ?? [];
  setHidden(
    column,
    hidden.includes(category) ? hidden.filter((name) => name !== category) : [...hidden, category],
  );
}

/** Shows only this category; a second time shows all again. */
export function soloCategory(column: string, category: string): void {
  const all = get().data.summary?.obs.find(({ name }) => name === column)?.categories ?? [];
  const others = all.filter((name) => name !== category);
  const hidden = get().view.hidden[column] ?? [];
  const alone = hidden.length === others.length && !hidden.includes(category);
  setHidden(column, alone ? [] : others);
}

/** Shows every category of a column. */
export function showAllCategories(column: string): void {
  setHidden(column, []);
}

/** Follows the system, or stays light or dark; remembered in this browser. */
export function setTheme(theme: ViewState['theme']): void {
  patch('view', { theme });
  try {
    localStorage.setItem('cellsmith-theme', theme);
  } catch {
    // storage is off: the choice lasts for this visit
  }
}

/** The theme chosen on an earlier visit. */
export function recallTheme(): ViewState['theme'] {
  try {
    const kept = localStorage.getItem('cellsmith-theme');
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}

/** Opens a drawer tab, or closes it when it is open. */
export function toggleDrawer(tab: DrawerTab): void {
  patch('view', { drawer: get().view.drawer === tab ? null : tab });
}

/** Makes the map fit its cells. */
export function requestFit(): void {
  patch('view', { fitRequests: get().view.fitRequests + 1 });
}

/** Opens or closes the export dialog; it opens only over synthetic cells. */
export function openExport(exportOpen: boolean): void {
  if (exportOpen && (get().synthetic.status === 'none' || get().model.status !== 'ready')) return;
  patch('view', { exportOpen });
}

/** Opens or closes the list of keys. */
export function openKeys(keysOpen: boolean): void {
  patch('view', { keysOpen });
}

/** Switches single-letter keys on or off. */
export function setSingleKeys(singleKeys: boolean): void {
  patch('view', { singleKeys });
}

/** Opens or closes the side panel (narrow windows). */
export function togglePanel(panelOpen: boolean): void {
  patch('view', { panelOpen });
}
