/** @file The comparison by peaks with its floor, and the strongest ties of genes to peaks, real and synthetic. */
import type { LinkVerdict, PeakMeasures, PeaksPart } from '../../protocol/peaks.ts';
import { formatDecimal, formatNumber } from '../../state/format.ts';

const names: readonly (readonly [keyof PeakMeasures, string, number])[] = [
  ['toldApart', 'Told apart, 1-NN accuracy (0.5 ideal)', 2],
  ['energy', 'Energy distance', 3],
  ['precision', 'Precision', 2],
  ['recall', 'Recall', 2],
  ['coverage', 'Coverage', 2],
  ['peaksPerCell', 'Peaks per cell, Wasserstein-1', 1],
  ['peaksRatio', 'Peaks per cell, over the real mean', 2],
  ['frequencyCorrelation', 'Frequencies of peaks, Pearson', 3],
  ['frequencyError', 'Frequencies of peaks, mean error', 4],
];

/** A stored verdict has null for what is not a number. */
function shown(value: number | null | undefined, digits: number): string {
  return typeof value === 'number' && Number.isFinite(value) ? formatDecimal(value, digits) : '–';
}

/** Measures by peaks, then ties. */
export function PeaksTable({ peaks: { verdict, together } }: { peaks: PeaksPart }) {
  const { cells, synthetic, floor, components, depthLeftOut, peaks } = verdict;
  return (
    <div className="scrolls" tabIndex={0} role="group" aria-label="Peaks">
      <table className="tbl">
        <thead>
          <tr>
            <th scope="col">by {formatNumber(peaks)} peaks</th>
            <th scope="col" className="num">
              these cells
            </th>
            <th scope="col" className="num">
              other real cells
            </th>
          </tr>
        </thead>
        <tbody>
          {names.map(([key, name, digits]) => (
            <tr key={key}>
              <td>{name}</td>
              <td className="num">{shown(synthetic[key], digits)}</td>
              <td className="num">{shown(floor?.[key], digits)}</td>
            </tr>
          ))}
          {together && <TieRow together={together} />}
        </tbody>
      </table>
      <p className="small">
        {formatNumber(cells.compared)} cells of each set, in {components} directions of TF-IDF and
        LSI fitted on training cells
        {depthLeftOut ? '; the first direction followed the number of peaks and was left out' : ''}.
      </p>
      {together && <Ties together={together} />}
    </div>
  );
}

function TieRow({ together: { pairs, synthetic, floor } }: { together: LinkVerdict }) {
  return (
    <tr>
      <td>Ties of {formatNumber(pairs)} near pairs of gene and peak, correlation</td>
      <td className="num">{shown(synthetic.correlation, 2)}</td>
      <td className="num">{shown(floor?.correlation, 2)}</td>
    </tr>
  );
}

/** Single pairs: how gene and peak go together over cells. */
function Ties({ together }: { together: LinkVerdict }) {
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th scope="col">strongest ties, correlation over cells</th>
          <th scope="col">peak</th>
          <th scope="col" className="num">
            real
          </th>
          <th scope="col" className="num">
            synthetic
          </th>
        </tr>
      </thead>
      <tbody>
        {together.strongest.map(({ gene, peak, real, synthetic }) => (
          <tr key={`${gene} ${peak}`}>
            <td>{gene}</td>
            <td>{peak}</td>
            <td className="num">{shown(real, 2)}</td>
            <td className="num">{shown(synthetic, 2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
