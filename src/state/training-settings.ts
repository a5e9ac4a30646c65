/** @file How the next model is trained: what another file begins with, and what a visit left. */
import type { KeptTraining } from '../clients/session-store.ts';
import { keptKind } from './model-kind.ts';
import { emptyModel } from './store.ts';
import type { ModelState } from './types.ts';

type Settings = ModelState['settings'];

/** For a file that is opened: the kind of model of before, everything else as recommended. Hold-outs and steps belong to their file. */
export function freshSettings(): Settings {
  return { ...emptyModel.settings, ...keptKind() };
}

/** The settings of the last visit; what it did not leave is as for a file that is opened. */
export function settingsFrom(kept: KeptTraining | undefined): Settings {
  const fresh = freshSettings();
  const { screen = {}, ...own } = kept ?? {};
  return { ...fresh, ...told(own), screen: { ...fresh.screen, ...told(screen) } };
}

type Told<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that say nothing. */
function told<T extends object>(fields: T): Told<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Told<T>;
}
