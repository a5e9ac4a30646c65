/** @file A note beside its cause: info, warning or error; glyph, bold lead, at most two actions. */
import type { ReactNode } from 'react';
import { Glyph, Icon } from './Icon.tsx';

/** One offer of a note. */
export interface NoteAction {
  readonly label: string;
  readonly run: () => void;
}

const icons = { info: 'info', warn: 'warn', error: 'error' } as const;

/** The hairline box of a note. The first action is a plain button, the second a quiet one; in an info note they are links. */
export function Note(props: {
  tone: 'info' | 'warn' | 'error';
  lead: string;
  children?: ReactNode;
  actions?: readonly NoteAction[];
}) {
  const { tone, lead, children, actions = [] } = props;
  return (
    <div className={`note ${tone === 'info' ? '' : tone}`}>
      <Icon name={icons[tone]} />
      <div>
        <p>
          <b className="h">{lead}</b> {children}
          {tone === 'info' &&
            actions.map(({ label, run }) => (
              <button key={label} type="button" className="link" onClick={run}>
                {label}
              </button>
            ))}
        </p>
        {tone !== 'info' && actions.length > 0 && (
          <div className="acts">
            {actions.map(({ label, run }, index) => (
              <button
                key={label}
                type="button"
                className={`btn small-btn ${index > 0 ? 'quiet' : ''}`}
                onClick={run}
              >
                {label}
              </button>
            ))}
          </div>
        )}
      </div>
    </div>
  );
}

/** An empty area: one line of what is missing, one line of what to do. `busy` for what is on its way. */
export function Empty(props: { missing: string; advice: ReactNode; busy?: boolean }) {
  const { missing, advice, busy = false } = props;
  return (
    <div className="empty-panel" aria-busy={busy}>
      {busy && <Glyph kind="busy" />}
      <p className="strong">{missing}</p>
      <p className="mute">{advice}</p>
    </div>
  );
}
