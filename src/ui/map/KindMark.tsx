/** @file The two small marks that tell real from synthetic cells in legends. */

/** A muted dot for real cells, a ringed one for synthetic cells. */
export function KindMark({ kind }: { readonly kind: 'real' | 'synthetic' }) {
  return kind === 'real' ? (
    <svg className="mark-real" viewBox="0 0 12 12" aria-hidden="true">
      <circle cx="6" cy="6" r="3" fill="var(--ink-3)" opacity=".55" />
    </svg>
  ) : (
    <svg className="mark-syn" viewBox="0 0 12 12" aria-hidden="true">
      <circle cx="6" cy="6" r="4" fill="var(--ink-3)" stroke="var(--ring)" strokeWidth="1.4" />
    </svg>
  );
}
