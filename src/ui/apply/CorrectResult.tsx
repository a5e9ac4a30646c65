/** @file The ten scIB measures of four embeddings of the same cells. */
import type { ApplyResults } from '../../state/apply.ts';
import { formatDecimal, formatNumber } from '../../state/format.ts';
import { Note } from '../controls/Note.tsx';

const columns = ['uncorrected', 'linear', 'latents', 'corrected'] as const;

const columnNames: Readonly<Record<(typeof columns)[number], string>> = {
  uncorrected: 'PCA as measured',
  linear: 'PCA, linear correction',
  latents: 'latents',
  corrected: 'corrected latents',
};

const groups = [
  {
    name: 'kinds kept apart',
    mean: 'bioConservation',
    rows: [
      ['isolatedLabels', 'isolated labels'],
      ['nmi', 'k-means NMI'],
      ['ari', 'k-means ARI'],
      ['silhouetteLabel', 'silhouette of kinds'],
      ['clisi', 'cLISI'],
    ],
  },
  {
    name: 'batches mixed',
    mean: 'batchCorrection',
    rows: [
      ['bras', 'BRAS'],
      ['ilisi', 'iLISI'],
      ['kbet', 'kBET'],
      ['graphConnectivity', 'graph connectivity'],
      ['pcrComparison', 'PCR comparison'],
    ],
  },
] as const;

/** Batches, warnings, the measures. */
export function CorrectResult({ result }: { result: NonNullable<ApplyResults['correct']> }) {
  const { measures, unmeasured, unseenCells, batches, cells, ask } = result;
  return (
    <>
      <p className="mute">
        {formatNumber(cells)} cells of {batches.length} batches ({ask.batch}), as cells of{' '}
        {ask.to ?? 'the average batch'}.
        {measures && ` Measures on ${formatNumber(measures.cells)} of them; 1 is best.`}
      </p>
      {unseenCells > 0 && (
        <Note tone="warn" lead={`${formatNumber(unseenCells)} cells have no counterpart.`}>
          Their kind never occurred in the reference batch while training; their place is a guess.
        </Note>
      )}
      {unmeasured && (
        <Note tone="info" lead={unmeasured.title}>
          {unmeasured.message}
        </Note>
      )}
      {measures && (
        <table className="tbl apply-table">
          <thead>
            <tr>
              <th scope="col">measure</th>
              {columns.map((name) => (
                <th scope="col" className="num" key={name}>
                  {columnNames[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Row name="total" of={(column) => measures[column].total} strong />
            {groups.map(({ name, mean, rows }) => [
              <Row key={mean} name={name} of={(column) => measures[column][mean]} strong />,
              ...rows.map(([key, label]) => (
                <Row key={key} name={label} of={(column) => measures[column][key]} />
              )),
            ])}
          </tbody>
        </table>
      )}
      {measures && (
        <p className="small">
          The correction and the linear one were given the labels of the kinds; methods without
          labels are no match for either.
        </p>
      )}
    </>
  );
}

function Row(props: {
  name: string;
  of: (column: (typeof columns)[number]) => number | undefined;
  strong?: boolean;
}) {
  const { name, of, strong = false } = props;
  const values = columns.map((column) => of(column) ?? NaN);
  const best = Math.max(...values);
  return (
    <tr className={strong ? 'strong' : ''}>
      <td>{name}</td>
      {columns.map((column, i) => (
        <td className={`num ${values[i] === best ? 'best' : ''}`} key={column}>
          {Number.isNaN(values[i]) ? '–' : formatDecimal(values[i] ?? 0, 3)}
        </td>
      ))}
    </tr>
  );
}
