/** @file A headline of scores: what it comes to in large type, the reasons and numbers below. */

/** The parts of a headline: up to its first colon or bracket, and the rest. */
export function headlineParts(text: string): readonly [string, string] {
  const at = text.search(/: | \(/);
  if (at < 0) return [text, ''];
  const rest = text.slice(at).replace(/^: /, '').trim();
  return [text.slice(0, at), rest];
}

/** Draws it. */
export function Headline({ text }: { text: string }) {
  const [lead, rest] = headlineParts(text);
  return (
    <div>
      <p className="perturb-headline">{rest === '' ? lead : `${lead}.`}</p>
      {rest !== '' && <p>{rest}</p>}
    </div>
  );
}
