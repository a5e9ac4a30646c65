/** @file The model that was trained on the open file before: looked for when the file opens, and brought back. */
import { recallModel } from '../../clients/session-store.ts';
import { get } from '../store.ts';
import { say, showError } from './alerts.ts';
import { beginLoading, restoreModel } from './model-back.ts';

/** A model that was trained on the open file on an earlier occasion. */
export interface FoundModel {
  /** Loads it. Resolves false when that failed (an alert says why). */
  readonly bring: (device?: Promise<void>) => Promise<boolean>;
}

/** Looks for a kept model of the open file. Once found the page says that it is on its way, and `bring` must follow. */
export async function findModel(): Promise<FoundModel | null> {
  const { summary } = get().data;
  if (!summary) return null;
  const { fileName } = summary;
  const file = await recallModel(fileName, [summary.nObs, summary.nVars]);
  // Meanwhile a training may have begun, or another file been opened.
  const { status } = get().model;
  const isOpen = (): boolean => get().data.summary?.fileName === fileName;
  if (!file || !isOpen() || (status !== 'none' && status !== 'loading')) return null;
  const settle = beginLoading('restored');
  say(`Bringing back the model trained on ${fileName}.`, true);
  const bring = async (device = Promise.resolve()): Promise<boolean> => {
    try {
      const [buffer] = await Promise.all([file.arrayBuffer(), device]);
      return isOpen() && (await restoreModel(new Uint8Array(buffer), 'restored', isOpen));
    } catch (thrown) {
      if (!isOpen()) return false;
      showError(thrown, 'The file is open without its model.');
      say(`${fileName} is open without its model.`);
      return false;
    } finally {
      settle();
    }
  };
  return { bring };
}
