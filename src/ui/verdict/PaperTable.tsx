/** @file CFGen's published arithmetic beside the same with every set centred, and what is wrong with it. */
import type { PaperTables } from '../../protocol/judge.ts';
import { shownNumber } from './measure-names.ts';

/** The tables and the words. */
export function PaperTable({ paper }: { paper: PaperTables }) {
  return (
    <>
      <p className="small paper-words">{paper.says}</p>
      <table className="tbl">
        <thead>
          <tr>
            {['as in CFGen’s tables', 'W1', 'W2', 'MMD', 'W2 per type', 'MMD per type'].map(
              (head, k) => (
                <th scope="col" key={head} className={k > 0 ? 'num' : ''}>
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {paper.rows.map((row) => (
            <tr key={row.name}>
              <td>{row.name}</td>
              {[
                row.wasserstein1,
                row.wasserstein2,
                row.mmd,
                row.classWasserstein2,
                row.classMmd,
              ].map((value, k) => (
                <td className="num" key={k}>
                  {shownNumber(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
