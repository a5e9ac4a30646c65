/** @file Notes about the data beside their cause: three at most, then "2 more". */
import { useState } from 'react';
import { keepCategory, leaveOut, setRange } from '../../state/actions/index.ts';
import { get } from '../../state/store.ts';
import { Note } from '../controls/Note.tsx';
import type { DataAction } from './data-notes.ts';
import { useDataNotes } from './use-data-notes.ts';

const SHOWN = 3;

/** Id of the Genes section, which a note points to. */
export const GENES_ID = 'genes-section';

function perform(action: DataAction): void {
  switch (action.kind) {
    case 'leave-out':
      return leaveOut(action.attribute, action.category);
    case 'keep':
      return keepCategory(action.attribute, action.category);
    case 'limit-counts':
      return setRange('counts', { ...get().choices.counts, max: action.max });
    case 'show-genes':
      document.getElementById(GENES_ID)?.scrollIntoView({ block: 'center' });
  }
}

/** The stack of notes. */
export function DataNotes() {
  const notes = useDataNotes();
  const [all, setAll] = useState(false);
  const shown = all ? notes : notes.slice(0, SHOWN);
  const more = notes.length - shown.length;
  return (
    <div className="notes">
      {shown.map(({ id, tone, lead, text, actions }) => (
        <Note
          key={id}
          tone={tone}
          lead={lead}
          actions={actions.map(({ label, does }) => ({ label, run: () => perform(does) }))}
        >
          {text}
        </Note>
      ))}
      {more > 0 && (
        <button type="button" className="link start" onClick={() => setAll(true)}>
          {more} more
        </button>
      )}
    </div>
  );
}
