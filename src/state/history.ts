/** @file Undo and redo over what a person steers. */
import { useStore } from 'zustand';
import { studio } from './store.ts';

let onTravel: () => void = () => undefined;

/** Called after an undo or redo, so that the cells on the map follow. */
export function whenTravelled(listener: () => void): void {
  onTravel = listener;
}

/** Steps back; returns whether there was anything to undo. */
export function undo(): boolean {
  const { undo: back, pastStates } = studio.temporal.getState();
  if (pastStates.length === 0) return false;
  back();
  onTravel();
  return true;
}

/** Steps forward; returns whether there was anything to redo. */
export function redo(): boolean {
  const { redo: forward, futureStates } = studio.temporal.getState();
  if (futureStates.length === 0) return false;
  forward();
  onTravel();
  return true;
}

/** Forgets the history, e.g. when another file is opened. */
export function clearHistory(): void {
  studio.temporal.getState().clear();
}

/** Whether undo and redo are possible, for buttons. */
export function useHistory(): { readonly canUndo: boolean; readonly canRedo: boolean } {
  const canUndo = useStore(studio.temporal, (history) => history.pastStates.length > 0);
  const canRedo = useStore(studio.temporal, (history) => history.futureStates.length > 0);
  return { canUndo, canRedo };
}
