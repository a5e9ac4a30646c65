/** @file Errors at the top left of the map: what happened, why, what to do; details on request. */
import { useEffect, useRef, useState } from 'react';
import { answerAlert, dismissAlert } from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import type { AlertState } from '../../state/types.ts';
import { Icon } from '../controls/Icon.tsx';
import { chooseFile } from './OpenFile.tsx';

/** Errors after which another file is the way on. */
const ABOUT_FILE = new Set(['file-damaged', 'not-h5ad', 'no-counts', 'empty-file', 'bad-model']);

/** The open alerts; tells the map how much room they take, so that the legend moves below them. */
export function Alerts({ onHeight }: { onHeight: (height: number) => void }) {
  const alerts = useStudio((state) => state.alerts);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => onHeight(element.offsetHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [onHeight]);
  return (
    <div className="alerts" ref={box}>
      {alerts.map((alert) => (
        <Alert key={alert.id} alert={alert} />
      ))}
    </div>
  );
}

function Alert({ alert }: { alert: AlertState }) {
  const { id, error, unchanged, actions } = alert;
  const [open, setOpen] = useState(false);
  return (
    <div className="note error" role="alert">
      <Icon name="error" />
      <div>
        <p>
          <b className="h">{error.title}</b>
        </p>
        <p>
          {error.message} {unchanged}
        </p>
        {open && <Details alert={alert} />}
        <div className="acts">
          {actions.map((action) => (
            <button
              key={action.id}
              type="button"
              className="btn"
              onClick={() => answerAlert(id, action.id)}
            >
              {action.label}
            </button>
          ))}
          {actions.length === 0 && ABOUT_FILE.has(error.code) && (
            <button type="button" className="btn" onClick={chooseFile}>
              Choose another file
            </button>
          )}
          <button
            type="button"
            className="btn quiet"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {open ? 'Hide details' : 'Show details'}
          </button>
          <span className="grow" />
          <button type="button" className="btn quiet" onClick={() => dismissAlert(id)}>
            Dismiss
          </button>
        </div>
      </div>
    </div>
  );
}

/** The facts behind an error as lines of text. */
export function detailLines({ error }: AlertState): string[] {
  return [
    `code: ${error.code}`,
    `message: ${error.title} ${error.message}`,
    ...Object.entries(error.details).map(([name, value]) => `${name}: ${value}`),
  ];
}

function Details({ alert }: { alert: AlertState }) {
  const lines = detailLines(alert);
  return (
    <div className="code">
      <pre>{lines.join('\n')}</pre>
      <CopyButton text={lines.join('\n')} />
    </div>
  );
}

/** Copies a text; its name says when that was done. */
export function CopyButton({ text }: { text: string }) {
  const [done, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    window.setTimeout(() => setDone(false), 2000);
  };
  return (
    <button
      type="button"
      className="tool"
      aria-label={done ? 'Copied' : 'Copy'}
      onClick={() => void copy().catch(() => undefined)}
    >
      <Icon name={done ? 'check' : 'copy'} />
    </button>
  );
}
