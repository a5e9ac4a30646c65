/** @file Undo and redo over what a person steers. */
import { useStore } from 'zustand';
import { bursts, studio, type Undoable } from './store.ts';
import type { StudioState } from './types.ts';

let onTravel: () => void = () => undefined;

/** Called after an undo or redo, so that the cells on the map follow. */
export function whenTravelled(listener: () => void): void {
  onTravel = listener;
}

/** The settings of a training come back at the root of the state; they are put where they belong, which is no step of its own. */
function settle(): void {
  const { settings, ...state } = studio.getState() as StudioState & Partial<Undoable>;
  if (settings === undefined) return;
  const history = studio.temporal.getState();
  history.pause();
  studio.setState({ ...state, model: { ...state.model, settings } }, true);
  history.resume();
}

/** Steps back; returns whether there was anything to undo. */
export function undo(): boolean {
  const { undo: back, pastStates } = studio.temporal.getState();
  if (pastStates.length === 0) return false;
  back();
  settle();
  bursts.reset();
  onTravel();
  return true;
}

/** Steps forward; returns whether there was anything to redo. */
export function redo(): boolean {
  const { redo: forward, futureStates } = studio.temporal.getState();
  if (futureStates.length === 0) return false;
  forward();
  settle();
  bursts.reset();
  onTravel();
  return true;
}

/** Forgets the history, e.g. when another file is opened. */
export function clearHistory(): void {
  studio.temporal.getState().clear();
  bursts.reset();
}

/** Whether undo and redo are possible, for buttons. */
export function useHistory(): { readonly canUndo: boolean; readonly canRedo: boolean } {
  const canUndo = useStore(studio.temporal, (history) => history.pastStates.length > 0);
  const canRedo = useStore(studio.temporal, (history) => history.futureStates.length > 0);
  return { canUndo, canRedo };
}
