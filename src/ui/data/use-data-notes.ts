/** @file The Data panel's notes for the present state, and how many of them wait for an answer. */
import { useMemo } from 'react';
import { floatArray } from '../../state/array-registry.ts';
import { useStudio } from '../../state/store.ts';
import { dataNotes } from './data-notes.ts';
import type { DataNote } from './data-notes.ts';

/** Notes, most pressing first. */
export function useDataNotes(): readonly DataNote[] {
  const data = useStudio((state) => state.data);
  const choices = useStudio((state) => state.choices);
  const device = useStudio((state) => state.device);
  const counts = data.qc?.counts ?? null;
  return useMemo(
    () => (data.status === 'ready' ? dataNotes(data, choices, device, floatArray(counts)) : []),
    [data, choices, device, counts],
  );
}

/** How many notes wait for an answer. A ready-made model needs none. */
export function useOpenQuestions(): number {
  const notes = useDataNotes();
  const demo = useStudio((state) => state.data.origin === 'demo');
  return demo ? 0 : notes.filter(({ question }) => question).length;
}
