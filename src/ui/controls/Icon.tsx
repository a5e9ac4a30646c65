/** @file The studio's drawings: 16 px line icons and the 14 px state glyphs of the steps. */
import type { ReactNode } from 'react';

const paths = {
  lock: (
    <>
      <rect x="3" y="7" width="10" height="6.8" rx="1.4" />
      <path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2" />
    </>
  ),
  undo: <path d="M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M5.6 3.6 2.7 6.5l2.9 2.9" />,
  redo: <path d="M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M10.4 3.6l2.9 2.9-2.9 2.9" />,
  moon: <path d="M13.2 9.7A5.6 5.6 0 0 1 6.3 2.8a5.6 5.6 0 1 0 6.9 6.9z" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.9" />
      <path d="M8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1" />
    </>
  ),
  halfMoon: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M8 2.2a5.8 5.8 0 0 1 0 11.6z" fill="currentColor" stroke="none" />
    </>
  ),
  help: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M6.2 6.3a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.2M8 11.4v.2" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.3" />
      <path d="m10.3 10.3 3.2 3.2" />
    </>
  ),
  menu: <path d="M3 4.5h10M3 8h10M3 11.5h10" />,
  panel: (
    <>
      <rect x="2.2" y="3" width="11.6" height="10" rx="1.4" />
      <path d="M9.8 3v10" />
    </>
  ),
  chevron: <path d="m4 6.5 4 4 4-4" />,
  close: <path d="m3.8 3.8 8.4 8.4M12.2 3.8l-8.4 8.4" />,
  check: <path d="m3 8.4 3.2 3.2L13 4.8" />,
  warn: (
    <>
      <path d="M8 2.2 14.6 13.6H1.4z" />
      <path d="M8 6.6v3.3M8 11.7v.1" />
    </>
  ),
  error: (
    <>
      <path d="M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3z" />
      <path d="M8 4.8v4M8 11v.1" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M8 7.4v3.4M8 5v.1" />
    </>
  ),
  dice: (
    <>
      <rect x="2.2" y="2.2" width="11.6" height="11.6" rx="2.2" />
      <path d="M5.4 5.4v.1M10.6 5.4v.1M8 8v.1M5.4 10.6v.1M10.6 10.6v.1" strokeWidth="1.9" />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.4" />
      <path d="M10.5 5.5v-3h-8v8h3" />
    </>
  ),
  file: (
    <>
      <path d="M3.5 1.8h5.3l3.7 3.7v8.7h-9z" />
      <path d="M8.8 1.8v3.7h3.7" />
    </>
  ),
  data: (
    <>
      <ellipse cx="8" cy="3.8" rx="5.2" ry="2" />
      <path d="M2.8 3.8v8.4c0 1.1 2.3 2 5.2 2s5.2-.9 5.2-2V3.8M2.8 8c0 1.1 2.3 2 5.2 2s5.2-.9 5.2-2" />
    </>
  ),
  model: (
    <>
      <circle cx="3.4" cy="4.4" r="1.6" />
      <circle cx="3.4" cy="11.6" r="1.6" />
      <circle cx="12.6" cy="8" r="1.6" />
      <path d="m4.9 5.1 6.2 2.3M4.9 10.9l6.2-2.3" />
    </>
  ),
  generate: (
    <>
      <circle cx="8" cy="8" r="2.4" fill="currentColor" stroke="none" />
      <circle cx="8" cy="8" r="5.8" />
    </>
  ),
  export: <path d="M8 10V2.4M4.9 5.3 8 2.2l3.1 3.1M2.5 10v3.5h11V10" />,
  perturb: (
    <>
      <circle cx="4.6" cy="8" r="2.4" />
      <path d="M9 8h5M11.8 5.4 14.4 8l-2.6 2.6M4.6 2.2v1.6M4.6 12.2v1.6" />
    </>
  ),
  apply: (
    <>
      <circle cx="4.2" cy="11" r="2.2" />
      <circle cx="11.8" cy="5" r="2.2" />
      <path d="M4.4 6.6C5 4.2 6.6 3 8.2 3.1M11.6 9.4c-.6 2.4-2.2 3.6-3.8 3.5" />
    </>
  ),
} satisfies Record<string, ReactNode>;

/** Name of a 16 px line icon. */
export type IconName = keyof typeof paths;

/** A 16 px line icon in the colour of the text around it; hidden from screen readers. */
export function Icon({ name, className = '' }: { name: IconName; className?: string }) {
  return (
    <svg className={`icon ${className}`} viewBox="0 0 16 16" aria-hidden="true">
      {paths[name]}
    </svg>
  );
}

/** What a state glyph says: to do, current, busy, done, needs a look, failed. */
export type GlyphKind = 'ahead' | 'now' | 'busy' | 'ok' | 'warn' | 'err';

const glyphs: Record<GlyphKind, ReactNode> = {
  ahead: <circle cx="7" cy="7" r="5.6" />,
  now: (
    <>
      <circle cx="7" cy="7" r="5.6" />
      <circle cx="7" cy="7" r="2.6" fill="currentColor" stroke="none" />
    </>
  ),
  busy: (
    <>
      <circle cx="7" cy="7" r="5.6" stroke="var(--line-strong)" />
      <path d="M7 1.4a5.6 5.6 0 1 1-5.3 7.4" strokeWidth="2" />
    </>
  ),
  ok: (
    <>
      <circle cx="7" cy="7" r="6.2" fill="currentColor" stroke="none" />
      <path d="M4.2 7.2 6.2 9.2 9.9 5" stroke="var(--panel)" fill="none" />
    </>
  ),
  warn: (
    <>
      <path d="M7 1.6 13 12.4H1z" />
      <path d="M7 5.6v3M7 10.4v.2" />
    </>
  ),
  err: (
    <>
      <path d="M4.6 1.4h4.8l3.2 3.2v4.8l-3.2 3.2H4.6L1.4 9.4V4.6z" />
      <path d="M7 4v3.6M7 9.8v.1" />
    </>
  ),
};

/** A 14 px glyph that repeats a state which words beside it name. */
export function Glyph({ kind }: { kind: GlyphKind }) {
  const spin = kind === 'busy' ? 'spin' : '';
  return (
    <svg className={`glyph icon ${kind} ${spin}`} viewBox="0 0 14 14" aria-hidden="true">
      {glyphs[kind]}
    </svg>
  );
}

/** The mark of the house: a cell with its nucleus. */
export function Mark() {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="8.2" fill="none" stroke="var(--ink)" strokeWidth="1.7" />
      <circle cx="12" cy="8.6" r="3.4" fill="var(--accent)" />
    </svg>
  );
}
