/** @file A headline of scores: what it comes to in large type, the reasons and numbers below; where there is little room these are folded. */
import { useId, useState, type ReactNode } from 'react';

/** The parts of a headline: up to its first colon or bracket, and the rest. */
export function headlineParts(text: string): readonly [string, string] {
  const at = text.search(/: | \(/);
  if (at < 0) return [text, ''];
  const rest = text.slice(at).replace(/^: /, '').trim();
  return [text.slice(0, at), rest];
}

/** Draws it. What stands inside is part of the reasons. */
export function Headline({ text, children }: { text: string; children?: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const [lead, rest] = headlineParts(text);
  return (
    <div className="perturb-words">
      {lead !== '' && <p className="perturb-headline">{rest === '' ? lead : `${lead}.`}</p>}
      <button
        type="button"
        className="link perturb-why"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? 'Less' : 'Why'}
      </button>
      <div id={id} className={isOpen ? 'perturb-reasons' : 'perturb-reasons folded'}>
        {rest !== '' && <p>{rest}</p>}
        {children}
      </div>
    </div>
  );
}
