/** @file Under the legend: the file's colours are too alike for some eyes, with ours as an offer; never taken unasked. */
import { useMemo } from 'react';
import { setOwnColours } from '../../state/actions/index.ts';
import { coloursBySize, fileColours } from '../../state/data-view.ts';
import { useStudio } from '../../state/store.ts';
import { alikeColours, type AlikePair } from './colour-vision.ts';

/** What the note says of two categories. */
export function alikeText({ eye, pair }: AlikePair, categories: readonly string[]): string {
  const [first, second] = pair.map((code) => categories[code]);
  return eye === 'normal'
    ? `${first} and ${second} have nearly the same colour.`
    : `${first} and ${second} look alike to red-green colour-blind eyes.`;
}

/** The warning about a column's colours in the file, or the way back to them. */
export function PaletteNote({ column }: { readonly column: string }) {
  const summary = useStudio((state) => state.data.summary);
  const replaced = useStudio((state) => state.data.ownColours.includes(column));
  const found = useMemo(() => {
    const entry = summary?.obs.find(({ name }) => name === column);
    const own = summary && fileColours(column);
    const alike = own ? alikeColours(own) : null;
    if (!entry || !alike) return null;
    const ours = alikeColours(coloursBySize(entry.cells));
    const better = ours === null || ours.distance > alike.distance;
    return { text: alikeText(alike, entry.categories), better };
  }, [summary, column]);
  if (!found) return null;
  if (replaced)
    return (
      <p className="palette-note">
        Cellsmith’s colours.{' '}
        <button type="button" className="link" onClick={() => setOwnColours(column, false)}>
          Use the file’s colours
        </button>
      </p>
    );
  return (
    <p className="palette-note warn">
      <b>The file’s colours are too alike.</b> {found.text}{' '}
      {found.better && (
        <button type="button" className="link" onClick={() => setOwnColours(column, true)}>
          Use Cellsmith’s colours
        </button>
      )}
    </p>
  );
}
