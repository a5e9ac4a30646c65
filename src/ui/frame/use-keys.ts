/** @file The keyboard of the page: commands of single keys and chords, outside text fields and dialogs. */
import { useEffect } from 'react';
import {
  freezeFlow,
  generate,
  goTo,
  openExport,
  openKeys,
  playFlow,
  requestFit,
  setFlowTime,
  setOverlay,
  toggleDrawer,
  togglePanel,
} from '../../state/actions/index.ts';
import { clearSelection, setTool } from '../../state/actions/selection.ts';
import { explored } from '../../state/explore.ts';
import { redo, undo } from '../../state/history.ts';
import { get } from '../../state/store.ts';
import { openPalette, usePalette } from '../dialogs/palette-store.ts';
import { stepFrom } from '../map/FlowTimeBar.tsx';
import { commandOf } from './key-map.ts';
import type { KeyCommand } from './key-map.ts';
import { chooseFile } from './OpenFile.tsx';
import type { Layout } from './use-layout.ts';

function flowBy(steps: number): void {
  if (get().synthetic.sampleId === null) return;
  freezeFlow();
  setFlowTime(stepFrom(get().view.flowTime, steps));
}

function flow(): void {
  if (get().synthetic.sampleId === null) return;
  if (get().view.flowPlaying) freezeFlow();
  else if (!window.matchMedia('(prefers-reduced-motion: reduce)').matches) playFlow();
}

/** Moves the focus to the next landmark after the one that holds it. */
function nextLandmark(): void {
  const all = [...document.querySelectorAll<HTMLElement>('[data-landmark]')];
  // the bottom bar lies inside main: the innermost one counts
  const here = all.findLastIndex((element) => element.contains(document.activeElement));
  all[(here + 1) % all.length]?.focus();
}

function close(layout: Layout): void {
  const { view } = get();
  if (layout === 'medium' && view.panelOpen) togglePanel(false);
  else if (view.drawer !== null) toggleDrawer(view.drawer);
  else if (explored().selection.realCells + explored().selection.syntheticCells > 0)
    clearSelection();
  else if (explored().tool !== 'move') setTool('move');
}

function perform(command: KeyCommand, layout: Layout): void {
  const { synthetic, model } = get();
  switch (command) {
    case 'palette':
      return openPalette();
    case 'find-gene':
      return openPalette('genes');
    case 'keys':
      return openKeys(true);
    case 'step-data':
      return goTo('data');
    case 'step-model':
      if (get().data.status === 'ready' || model.status !== 'none') goTo('model');
      return;
    case 'step-generate':
      if (model.status === 'ready') goTo('generate');
      return;
    case 'step-check':
      if (model.status === 'ready') goTo('check');
      return;
    case 'step-apply':
      if (model.status === 'ready') goTo('apply');
      return;
    case 'step-perturb':
      if (model.status === 'ready' && model.info?.screen) goTo('perturb');
      return;
    case 'step-export':
    case 'export':
      if (synthetic.sampleId !== null && model.status === 'ready') openExport(true);
      return;
    case 'open':
      return chooseFile();
    case 'generate':
      if (model.status === 'ready') void generate();
      return;
    case 'flow':
      return flow();
    case 'flow-back':
      return flowBy(-1);
    case 'flow-forward':
      return flowBy(1);
    case 'flow-back-10':
      return flowBy(-10);
    case 'flow-forward-10':
      return flowBy(10);
    case 'umap':
      return setOverlay('umap');
    case 'pca':
      return setOverlay('pca');
    case 'fit':
      return requestFit();
    case 'training':
      return toggleDrawer('training');
    case 'verdict':
      return toggleDrawer('verdict');
    case 'lasso':
      return setTool('lasso');
    case 'rectangle':
      return setTool('rectangle');
    case 'undo':
      undo();
      return;
    case 'redo':
      redo();
      return;
    case 'landmark':
      return nextLandmark();
    case 'close':
      return close(layout);
  }
}

/** Where the focus is, as far as keys are concerned. */
export function placeOf(element: Element | null): 'text' | 'control' | 'page' {
  if (element === null) return 'page';
  if (
    element.matches(
      'input:not([type=range]):not([type=checkbox]):not([type=radio]):not([type=file])',
    )
  ) {
    return 'text';
  }
  if (element.matches('textarea, select, [contenteditable=true]')) return 'text';
  return element.matches('button, a, input, summary, [tabindex="0"]') ? 'control' : 'page';
}

/** Listens on the window while the page lives. */
export function useKeys(layout: Layout): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      // a dialog has the keyboard for itself, but Ctrl K works everywhere
      // also in the moment between Ctrl K and the palette's showing, when typing has begun already
      const inDialog =
        usePalette.getState().open ||
        document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
      const command = commandOf(event, placeOf(document.activeElement), get().view.singleKeys);
      if (command === null || (inDialog && command !== 'palette')) return;
      if (command !== 'close') event.preventDefault();
      perform(command, layout);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [layout]);
}
