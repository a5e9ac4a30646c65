/** @file The honest test of imputation: hidden counts against the estimate and its baselines, and by gene. */
import type { ImputeAnswer } from '../../protocol/apply.ts';
import { formatDecimal, formatNumber } from '../../state/format.ts';
import { Note } from '../controls/Note.tsx';
import { ImputePlot } from './ImputePlot.tsx';

type Test = NonNullable<ImputeAnswer['test']>;

const methodNames: Readonly<Record<Test['scores'][number]['method'], string>> = {
  combined: 'what is written',
  model: 'the model alone',
  nearest: 'kNN-smoothing',
  kind: 'means of kinds',
  overall: 'mean of all cells',
};

/** What was filled, and the test. */
export function ImputeResult({ result }: { result: ImputeAnswer }) {
  const { cells, genes, referenceCells, test, untested } = result;
  return (
    <>
      <p className="mute">
        {formatNumber(genes)} genes in {formatNumber(cells)} cells: layers['imputed'] holds expected
        counts, layers['imputed_sd'] their standard errors, from the model and{' '}
        {formatNumber(referenceCells)} training cells.
      </p>
      {untested && (
        <Note tone="info" lead={untested.title}>
          {untested.message}
        </Note>
      )}
      {test && <TestTables test={test} />}
      {test && <ImputePlot test={test} />}
    </>
  );
}

function TestTables({ test }: { test: Test }) {
  return (
    <>
      <table className="tbl apply-table">
        <thead>
          <tr>
            <th scope="col">on {formatNumber(test.entries)} hidden counts</th>
            <th scope="col" className="num">
              Spearman
            </th>
            <th scope="col" className="num">
              where above 0
            </th>
            <th scope="col" className="num">
              within genes
            </th>
            <th scope="col" className="num">
              error
            </th>
            <th scope="col" className="num">
              where above 0
            </th>
          </tr>
        </thead>
        <tbody>
          {test.scores.map((score) => (
            <tr key={score.method} className={score.method === 'combined' ? 'strong' : ''}>
              <td>{methodNames[score.method]}</td>
              <td className="num">{formatDecimal(score.spearman, 3)}</td>
              <td className="num">{formatDecimal(score.spearmanPositive, 3)}</td>
              <td className="num">
                {score.spearmanWithin === null ? '–' : formatDecimal(score.spearmanWithin, 3)}
              </td>
              <td className="num">{formatDecimal(score.error, 3)}</td>
              <td className="num">{formatDecimal(score.errorPositive, 3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {test.genes.length > 0 && <GeneTable test={test} />}
      <p className="small">
        {formatNumber(test.heldOutCells)} cells that the model did not learn from; what was hidden
        in them was hidden from every method ({formatNumber(test.positive)} of it above 0). Error:
        mean difference of log(1 + count).
      </p>
    </>
  );
}

function GeneTable({ test }: { test: Test }) {
  const methods = ['combined', 'model', 'nearest', 'kind'] as const;
  return (
    <table className="tbl apply-table">
      <thead>
        <tr>
          <th scope="col">Spearman over cells</th>
          <th scope="col" className="num">
            hidden
          </th>
          {methods.map((method) => (
            <th scope="col" className="num" key={method}>
              {methodNames[method]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {test.genes.map(({ name, entries, spearman }) => (
          <tr key={name}>
            <td>{name}</td>
            <td className="num">{formatNumber(entries)}</td>
            {methods.map((method) => {
              const value = spearman?.[method];
              return (
                <td className="num" key={method}>
                  {value === undefined ? 'too few' : formatDecimal(value, 2)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
