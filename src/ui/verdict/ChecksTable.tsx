/** @file The checks as a table: the same figures as the plot, with intervals and trivial methods. */
import type { Check, Verdict } from '../../protocol/judge.ts';
import { formatDecimal } from '../../state/format.ts';
import { Glyph } from '../controls/Icon.tsx';
import { baselineWords, inTables as columns, shortBaselines } from './baseline-marks.ts';
import { multipleOf } from './floor-scale.ts';
import { lights } from './lights.ts';

function times(check: Check, value: number | undefined): string {
  if (value === undefined) return '–';
  const multiple = multipleOf(check, value);
  return multiple >= 100 ? '> 100×' : `${formatDecimal(multiple, multiple < 10 ? 1 : 0)}×`;
}

/** The same without its sign, inside a range. */
const plain = (check: Check, value: number): string => times(check, value).replace('×', '');

/** Multiples of the floor's middle; the band and the interval in the same unit. */
export function ChecksTable({ verdict }: { verdict: Verdict }) {
  return (
    <div className="table-scroll checks-table" tabIndex={0}>
      <table className="tbl">
        <thead>
          <tr>
            <th scope="col">check</th>
            <th scope="col">verdict</th>
            <th scope="col" className="num">
              synthetic
            </th>
            <th scope="col" className="num">
              floor
            </th>
            <th scope="col" className="num">
              × floor (90 %)
            </th>
            <th scope="col" className="num">
              band ends
            </th>
            {columns.map((name) => (
              <th scope="col" className="num" key={name} title={baselineWords[name]}>
                {shortBaselines[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {verdict.checks.map((check) => (
            <tr key={check.id}>
              <td>{check.name}</td>
              <td className={check.inside ? '' : 'out'} title={lights[check.light].word}>
                <span className="row">
                  <Glyph kind={lights[check.light].glyph} />
                  {check.inside ? 'inside' : 'outside'}
                </span>
              </td>
              <td className="num">{check.shown}</td>
              <td className="num">{check.floorShown}</td>
              <td className="num">
                {times(check, check.value)}
                {check.interval &&
                  ` (${plain(check, check.interval[0])}–${plain(check, check.interval[1])})`}
              </td>
              <td className="num">{times(check, check.high)}</td>
              {columns.map((name) => (
                <td className="num" key={name}>
                  {times(check, check.baselines[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
