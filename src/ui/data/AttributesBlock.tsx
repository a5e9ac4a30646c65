/** @file Which obs columns the model is to be steered by. */
import type { ObsColumn } from '../../protocol/dataset.ts';
import {
  bringBack,
  cutIntoRanges,
  leaveUnlabelled,
  toggleAttribute,
} from '../../state/actions/index.ts';
import { coloursOf } from '../../state/data-view.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { ShareBar } from '../plots/ShareBar.tsx';
import { Combinations } from './Combinations.tsx';
import { DataNotes } from './DataNotes.tsx';

/** Ranges into which a number column is cut. */
const RANGES = 4;

/** A row per obs column: steerable ones with their values, others greyed with why. */
export function AttributesBlock() {
  const columns = useStudio((state) => state.data.summary?.obs);
  const chosen = useStudio((state) => state.choices.attributes);
  const colouring = useStudio(({ look }) =>
    look.colourBy?.kind === 'obs' ? look.colourBy.name : null,
  );
  if (!columns) return null;
  const inOrder = [...columns].sort((a, b) => Number(b.steerable) - Number(a.steerable));
  const steerable = columns.filter((column) => column.steerable).length;
  return (
    <section className="block">
      <h3>
        Attributes to steer
        <span className="aside">
          {chosen.length} of {steerable}
        </span>
      </h3>
      {columns.length === 0 && <p className="mute">This file has no obs columns.</p>}
      <table className="tbl">
        <tbody>
          {inOrder.map((column) => (
            <Row
              key={column.name}
              column={column}
              chosen={chosen.includes(column.name)}
              coloured={column.name === colouring}
            />
          ))}
        </tbody>
      </table>
      <Unlabelled />
      <LeftOut />
      <Combinations />
      <DataNotes />
    </section>
  );
}

function Row({
  column,
  chosen,
  coloured,
}: {
  column: ObsColumn;
  chosen: boolean;
  coloured: boolean;
}) {
  const { name, kind, steerable, categories, cells, why } = column;
  const box = (
    <input
      type="checkbox"
      className="check"
      aria-label={`Use ${name}`}
      checked={chosen}
      disabled={!steerable}
      onChange={() => toggleAttribute(name)}
    />
  );
  if (!steerable) {
    return (
      <tr className="off">
        <td className="tick">{box}</td>
        <td className="name" title={name}>
          {name}
        </td>
        <td colSpan={2} className="num why" title={why ?? ''}>
          {kind === 'number' ? (
            <button
              type="button"
              className="link"
              aria-label={`Cut ${name} into ${RANGES} ranges`}
              onClick={() => void cutIntoRanges(name, RANGES)}
            >
              Cut into {RANGES} ranges
            </button>
          ) : (
            why
          )}
        </td>
      </tr>
    );
  }
  const used = cells.filter((n) => n > 0).length;
  return (
    <tr>
      <td className="tick">{box}</td>
      <td className="name" title={name}>
        {name}
      </td>
      <td className="num mute">{used} values</td>
      <td className="bar-cell">
        {coloured ? (
          <ShareBar cells={cells} colours={coloursOf(name)} />
        ) : (
          <ShareBar cells={cells} />
        )}
        <span className="hidden">{categories.slice(0, 5).join(', ')}</span>
      </td>
    </tr>
  );
}

/** Chosen attributes that some cells have no value of: these teach the model without the attribute, or are left out. */
function Unlabelled() {
  const columns = useStudio((state) => state.data.summary?.obs);
  const chosen = useStudio((state) => state.choices.attributes);
  const out = useStudio((state) => state.choices.leaveUnlabelled);
  const partly = (columns ?? []).filter(
    ({ name, missing }) => chosen.includes(name) && missing > 0,
  );
  if (partly.length === 0) return null;
  return (
    <ul className="left-out">
      {partly.map(({ name, missing }) => (
        <li key={name}>
          <span className="mute">
            {name}: {formatNumber(missing)} {missing === 1 ? 'cell' : 'cells'} not labelled:{' '}
            {out.includes(name) ? 'left out.' : 'used in training without this attribute.'}
          </span>
          <button
            type="button"
            className="link"
            aria-label={
              out.includes(name)
                ? `Use the cells that ${name} does not label`
                : `Leave out the cells that ${name} does not label`
            }
            onClick={() => leaveUnlabelled(name, !out.includes(name))}
          >
            {out.includes(name) ? 'Use them' : 'Leave them out'}
          </button>
        </li>
      ))}
    </ul>
  );
}

function LeftOut() {
  const attributes = useStudio((state) => state.choices.attributes);
  const leftOut = useStudio((state) => state.choices.leftOut);
  const entries = attributes.flatMap((attribute) =>
    (leftOut[attribute] ?? []).map((category) => ({ attribute, category })),
  );
  if (entries.length === 0) return null;
  return (
    <ul className="left-out">
      {entries.map(({ attribute, category }) => (
        <li key={`${attribute}/${category}`}>
          <span className="mute">{category} is left out.</span>
          <button
            type="button"
            className="link"
            aria-label={`Bring ${category} back`}
            onClick={() => bringBack(attribute, category)}
          >
            Bring back
          </button>
        </li>
      ))}
    </ul>
  );
}
