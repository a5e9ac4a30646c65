/** @file A text field for one gene or a list of genes, with names offered while typing. */
import { useId, useState } from 'react';
import { findGenes, geneNames, nearestGenes } from '../../state/gene-index.ts';

/** Properties of the field. */
export interface GeneFieldProps {
  readonly label: string;
  /** Genes, separated by spaces or commas. */
  readonly value: string;
  /** Shown, greyed, while the field is empty. */
  readonly empty?: string;
  readonly onChange: (genes: readonly string[]) => void;
}

/** Known genes of a text in its order, and the first word that is none. */
export function readGenes(text: string): {
  readonly genes: string[];
  readonly unknown: string | null;
} {
  const known = new Set(geneNames());
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  const unknown = words.find((word) => !known.has(word)) ?? null;
  return { genes: [...new Set(words.filter((word) => known.has(word)))], unknown };
}

/** Takes effect on Enter or on leaving. */
export function GeneField({ label, value, empty = '', onChange }: GeneFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const list = useId();
  const text = draft ?? value;
  const last = text.split(/[\s,;]+/).at(-1) ?? '';
  const { unknown } = draft === null ? { unknown: null } : readGenes(draft);
  const before = text.slice(0, text.length - last.length);
  const take = (): void => {
    if (draft === null) return;
    const { genes, unknown: wrong } = readGenes(draft);
    const guess = wrong === null ? [] : findGenes(wrong, 1);
    const all = genes.length > 0 ? genes : guess;
    if (all.length > 0 || (draft.trim() === '' && empty !== '')) onChange(all);
    setDraft(null);
  };
  return (
    <span className="gene-field">
      <input
        type="text"
        className="field"
        aria-label={label}
        placeholder={empty === '' ? 'Gene names' : empty}
        list={list}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take();
          if (event.key === 'Escape' && draft !== null) {
            event.preventDefault();
            setDraft(null);
          }
        }}
      />
      <datalist id={list}>
        {draft !== null &&
          findGenes(last, 12).map((gene) => <option key={gene} value={before + gene} />)}
      </datalist>
      {unknown !== null && findGenes(unknown, 1).length === 0 && (
        <span className="problem">
          No gene called ‘{unknown}’.
          {nearestGenes(unknown, 1).map((near) => ` Did you mean ${near}?`)}
        </span>
      )}
    </span>
  );
}
