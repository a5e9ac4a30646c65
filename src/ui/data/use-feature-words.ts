/** @file What the features of the open file are called: genes, peaks, or features where there are both. */
import { featureWords, openKinds, type FeatureWords } from '../../state/kinds.ts';
import { useStudio } from '../../state/store.ts';

/** The words for what is open. */
export function useFeatureWords(): FeatureWords {
  return useStudio(({ data }) => featureWords(openKinds(data.summary)));
}

/** A word with a capital. */
export function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
