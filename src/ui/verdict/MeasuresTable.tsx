/** @file Every measure with its interval, its floor and the trivial methods; of all cells, or of one type or combination. */
import { useState } from 'react';
import type { Surroundings, Verdict, Measures } from '../../protocol/judge.ts';
import { measureNames, measureOrder } from '../../protocol/measure-names.ts';
import { setPaperCompat } from '../../state/actions/index.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { inTables, shortBaselines } from './baseline-marks.ts';
import { shownNumber } from './measure-names.ts';
import { PaperTable } from './PaperTable.tsx';

interface Part extends Surroundings {
  readonly label: string;
  readonly cells: string;
  readonly measures: Measures;
}

/** All cells, then every category and combination. */
function partsOf(verdict: Verdict): Part[] {
  const { cells, groups } = verdict;
  return [
    { ...verdict, label: 'All cells', cells: cellWords(cells.heldOut, cells.synthetic) },
    ...groups.map((group) => ({
      ...group,
      label: `${group.attribute}: ${group.value}`,
      cells: cellWords(group.heldOut, group.synthetic),
    })),
  ];
}

function cellWords(heldOut: number, synthetic: number): string {
  return `${formatNumber(synthetic)} synthetic, ${formatNumber(heldOut)} held-out real cells`;
}

/** The table with a choice of its cells. */
export function MeasuresTable({ verdict }: { verdict: Verdict }) {
  const [chosen, choose] = useState(0);
  const parts = partsOf(verdict);
  const part = parts[Math.min(chosen, parts.length - 1)];
  return (
    <div className="scrolls measures" tabIndex={0} role="group" aria-label="Measures">
      <div className="row measures-head">
        <select
          className="small-select"
          aria-label="Cells measured"
          value={Math.min(chosen, parts.length - 1)}
          onChange={(event) => choose(Number(event.currentTarget.value))}
        >
          {parts.map(({ label }, index) => (
            <option key={label} value={index}>
              {label}
            </option>
          ))}
        </select>
        <span className="small">{part.cells}</span>
        <PaperSwitch />
      </div>
      <table className="tbl">
        <thead>
          <tr>
            <th scope="col">measure</th>
            <th scope="col" className="num">
              synthetic (90 %)
            </th>
            <th scope="col" className="num">
              floor (90 %)
            </th>
            {inTables.map((name) => (
              <th scope="col" className="num" key={name}>
                {shortBaselines[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {measureOrder
            .filter((name) => part.measures[name] !== undefined)
            .map((name) => {
              const floor = part.floor[name];
              return (
                <tr key={name}>
                  <td>{measureNames[name]}</td>
                  <td className="num">
                    {shownNumber(part.measures[name])}
                    <Range ends={part.intervals[name]} />
                  </td>
                  <td className="num">
                    {shownNumber(floor?.mean)}
                    <Range ends={floor && [floor.low, floor.high]} />
                  </td>
                  {inTables.map((own) => (
                    <td className="num" key={own}>
                      {shownNumber(part.baselines[own]?.[name])}
                    </td>
                  ))}
                </tr>
              );
            })}
        </tbody>
      </table>
      {chosen === 0 && <HitsTable verdict={verdict} />}
      {verdict.paper && <PaperTable paper={verdict.paper} />}
    </div>
  );
}

function Range({ ends }: { ends: readonly [number, number] | undefined }) {
  if (!ends) return null;
  return (
    <span className="dim-range">
      {' '}
      {shownNumber(ends[0])} … {shownNumber(ends[1])}
    </span>
  );
}

/** One row an attribute: how often a classifier trained on real cells names it as asked. */
function HitsTable({ verdict }: { verdict: Verdict }) {
  const rows = Object.entries(verdict.hits);
  if (rows.length === 0) return null;
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th scope="col">recognised as asked</th>
          <th scope="col" className="num">
            synthetic (90 %)
          </th>
          <th scope="col" className="num">
            real
          </th>
          {inTables.map((name) => (
            <th scope="col" className="num" key={name}>
              {shortBaselines[name]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([attribute, hits]) => (
          <tr key={attribute}>
            <td>{attribute}</td>
            <td className="num">
              {shownNumber(hits.synthetic)}
              <Range ends={hits.interval ?? undefined} />
            </td>
            <td className="num">{shownNumber(hits.real)}</td>
            {inTables.map((name) => (
              <td className="num" key={name}>
                {shownNumber(hits.baselines[name])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function PaperSwitch() {
  const on = useStudio(({ verdict }) => verdict.paperCompat);
  const model = useStudio(({ verdict }) => verdict.subject === 'model');
  if (!model) return null;
  return (
    <label className="row small paper-switch">
      <input
        type="checkbox"
        checked={on}
        onChange={(event) => setPaperCompat(event.currentTarget.checked)}
      />
      Also as in CFGen’s tables
    </label>
  );
}
