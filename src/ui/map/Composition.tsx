/** @file What the selected cells are: shares of each value of an attribute, real beside synthetic. */
import { useState, type CSSProperties } from 'react';
import { compositionOf } from '../../state/actions/selection.ts';
import { coloursOf } from '../../state/data-view.ts';
import { useExplore } from '../../state/explore.ts';
import { formatNumber, formatPercent } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';

const mostRows = 12;

/** The table with a chooser of attributes; bars repeat the numbers. */
export function Composition() {
  const columns = useStudio((state) => state.data.columns);
  const obs = useStudio((state) => state.data.summary?.obs);
  const first = useStudio(({ look, choices }) =>
    look.colourBy?.kind === 'obs' ? look.colourBy.name : (choices.attributes[0] ?? null),
  );
  const [chosen, setChosen] = useState<string | null>(null);
  const selection = useExplore((state) => state.selection);
  const asked = useStudio((state) => state.synthetic.asked);
  const names = (obs ?? [])
    .filter(({ name, kind }) => name in columns && kind !== 'number')
    .map(({ name }) => name);
  const name = chosen ?? first ?? names[0] ?? '';
  const rows = selection && asked ? compositionOf(name) : [];
  const categories = obs?.find((column) => column.name === name)?.categories ?? [];
  const colours = coloursOf(name);
  const { realCells, syntheticCells } = selection;
  if (names.length === 0) return null;
  return (
    <>
      <Choice
        label="Composition by"
        entries={names.map((value) => ({ value, label: value }))}
        value={name}
        onChange={setChosen}
      />
      <table className="tbl composition">
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col" className="num">
              real
            </th>
            <th scope="col" className="num">
              synthetic
            </th>
            <th scope="col">share</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, mostRows).map(({ category, real, synthetic }) => {
            const own = realCells > 0 ? real / realCells : 0;
            const made = syntheticCells > 0 ? synthetic / syntheticCells : 0;
            const colour = colours[categories.indexOf(category)];
            return (
              <tr key={category}>
                <th scope="row" title={category}>
                  <span className="key">
                    <span className="swatch" style={{ '--c': colour } as CSSProperties} />
                    <span className="name">{category}</span>
                  </span>
                </th>
                <td className="num">{formatNumber(real)}</td>
                <td className="num">{formatNumber(synthetic)}</td>
                <td>
                  <span
                    className="two-bars"
                    role="img"
                    aria-label={`${formatPercent(own, 0)} of real, ${formatPercent(made, 0)} of synthetic cells`}
                  >
                    <i style={{ width: `${100 * own}%` }} />
                    <i className="made" style={{ width: `${100 * made}%` }} />
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length > mostRows && (
        <p className="small mute">and {rows.length - mostRows} more values</p>
      )}
    </>
  );
}
