/** @file The Selection drawer: what the chosen cells are, which genes mark them, how synthetic ones differ, and what to do with them. */
import { clearSelection, generateMoreLikeThese } from '../../state/actions/selection.ts';
import { setColourBy } from '../../state/actions/index.ts';
import type { Marker } from '../../protocol/study.ts';
import { floatArray } from '../../state/array-registry.ts';
import type { DataState } from '../../state/types.ts';
import { useExplore, type SelectionFindings } from '../../state/explore.ts';
import { formatDecimal, formatNumber } from '../../state/format.ts';
import { geneNames } from '../../state/gene-index.ts';
import { useStudio } from '../../state/store.ts';
import { Empty } from '../controls/Note.tsx';
import { expressionUnit } from '../plots/GenePlots.tsx';
import { PlotFigure } from '../plots/PlotFigure.tsx';
import '../plots/plot-figure.css';
import { ViolinPlot, violinText, type ViolinPair } from '../plots/ViolinPlot.tsx';
import { Composition } from './Composition.tsx';

/** Number, what they are, markers and violins side by side. */
export function SelectionView() {
  const selection = useExplore((state) => state.selection);
  const findings = useExplore((state) => state.findings);
  const { realCells, syntheticCells } = selection;
  if (realCells + syntheticCells === 0)
    return (
      <Empty
        missing="No cells selected"
        advice="Draw a lasso (L) or a rectangle (R) on the map, press Enter on the map for all cells in view, or use “Select these” in the legend."
      />
    );
  return (
    <div className="selection-view">
      <div className="col">
        <SelectionHead real={realCells} synthetic={syntheticCells} />
        <Composition />
      </div>
      <div className="col">
        <MarkerLists findings={findings} />
      </div>
      <div className="col violins-of-selection">
        <SelectionViolins findings={findings} />
      </div>
    </div>
  );
}

function SelectionHead({ real, synthetic }: { readonly real: number; readonly synthetic: number }) {
  const ready = useStudio(({ model }) => model.status === 'ready');
  return (
    <div className="selection-head">
      <p className="strong">
        {formatNumber(real)} real, {formatNumber(synthetic)} synthetic
      </p>
      <div className="row">
        {ready && (
          <button
            type="button"
            className="btn small-btn"
            title="Sets the guidance to the values that most of the selected cells have"
            onClick={generateMoreLikeThese}
          >
            More like these
          </button>
        )}
        <button type="button" className="btn small-btn quiet" onClick={clearSelection}>
          Clear
        </button>
      </div>
    </div>
  );
}

/** A p value as people write it: 3e-12, 0.04. */
export function pText(p: number): string {
  if (p < 1e-300) return '< 1e−300';
  const text = p < 0.001 ? p.toExponential(0) : String(Number(p.toPrecision(2)));
  return text.replace('-', '\u2212');
}

/** Number of real cells on the map. */
function cellsOf(data: DataState): number {
  return floatArray(data.qc?.counts ?? null)?.length ?? 0;
}

function MarkerLists({ findings }: { readonly findings: SelectionFindings }) {
  const selected = useExplore((state) => state.selection.realCells);
  const { status, markers, differences } = findings;
  const sampled = useStudio(
    ({ data }) => markers !== null && markers.cells + markers.others < cellsOf(data),
  );
  if (status === 'running') return <p className="plot-wait">Testing genes …</p>;
  if (status === 'failed') return <p className="plot-wait">The genes could not be tested.</p>;
  if (!markers && !differences)
    return (
      <Empty
        missing="Too few cells to test"
        advice="Markers need 3 selected real cells and 3 others."
      />
    );
  const unlike = differences
    ? [...differences.up, ...differences.down]
        .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
        .filter(({ adjusted }) => adjusted < 0.05)
        .slice(0, 12)
    : [];
  return (
    <>
      {markers && (
        <MarkerTableView
          title="Markers of the selected real cells"
          note={`${markers.cells < selected ? `${formatNumber(markers.cells)} of them ` : ''}against ${formatNumber(markers.others)} other real cells${sampled ? ' (an even sample)' : ''}; Wilcoxon, Benjamini–Hochberg over ${formatNumber(markers.tested)} genes`}
          rows={markers.up.filter(({ score }) => score > 0).slice(0, 25)}
          heads={['selected', 'others']}
        />
      )}
      {differences && (
        <MarkerTableView
          title={
            unlike.length === 0
              ? 'No gene tells synthetic from real here'
              : `${unlike.length === 12 ? 'The 12 strongest of the genes' : `${unlike.length} genes`} that tell synthetic from real here`
          }
          note={`${formatNumber(differences.cells)} synthetic against ${formatNumber(differences.others)} real cells of the selection, ${formatNumber(differences.tested)} genes`}
          rows={unlike}
          heads={['synthetic', 'real']}
        />
      )}
    </>
  );
}

function MarkerTableView(props: {
  readonly title: string;
  readonly note: string;
  readonly rows: readonly Marker[];
  readonly heads: readonly [string, string];
}) {
  const { title, note, rows, heads } = props;
  const names = geneNames();
  return (
    <div className="marker-table">
      <p className="strong">{title}</p>
      <p className="small mute">{note}</p>
      {rows.length > 0 && (
        <table className="tbl">
          <thead>
            <tr>
              <th scope="col">gene</th>
              <th scope="col" className="num">
                z
              </th>
              <th scope="col" className="num">
                log₂ fold
              </th>
              <th scope="col" className="num">
                {heads[0]}
              </th>
              <th scope="col" className="num">
                {heads[1]}
              </th>
              <th scope="col" className="num">
                adjusted p
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.gene}>
                <th scope="row">
                  <button
                    type="button"
                    className="link"
                    title={`Colour the map by ${names[row.gene]}`}
                    onClick={() => setColourBy({ kind: 'gene', name: names[row.gene] })}
                  >
                    {names[row.gene]}
                  </button>
                </th>
                <td className="num">{formatDecimal(row.score, 1)}</td>
                <td className="num">{foldText(row.logFold)}</td>
                <td className="num">{Math.round(100 * row.fraction)} %</td>
                <td className="num">{Math.round(100 * row.otherFraction)} %</td>
                <td className="num">{pText(row.adjusted)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** A fold that is only large because one side has no counts is written as such. */
function foldText(fold: number): string {
  if (Math.abs(fold) > 20) return fold > 0 ? 'only here' : 'not here';
  return formatDecimal(fold, 1);
}

/** Which of selected real (0), selected synthetic (1) and other real cells (2) are drawn against each other. */
function sidesOf(
  real: number,
  synthetic: number,
): { readonly left: number; readonly right: number; readonly names: readonly [string, string] } {
  if (synthetic === 0) return { left: 0, right: 2, names: ['selected', 'others'] };
  if (real === 0) return { left: 2, right: 1, names: ['other real', 'synthetic'] };
  return { left: 0, right: 1, names: ['real', 'synthetic'] };
}

function SelectionViolins({ findings }: { readonly findings: SelectionFindings }) {
  const { genes, expression } = findings;
  const names = geneNames();
  if (findings.status !== 'ready' || genes.length === 0) return null;
  const [first] = expression;
  const sides = sidesOf(first[0].cells, first[1].cells);
  const pairs: ViolinPair[] = genes.map((gene, g) => ({
    name: names[gene],
    real: expression[g][sides.left],
    synthetic: expression[g][sides.right],
  }));
  const marks = pairs.map((pair) => violinText(pair, sides.names));
  const title = 'Expression in the selection';
  return (
    <PlotFigure
      title={title}
      kind="selection-violins"
      says={`Violins of ${pairs.length} genes in the selected cells. ${marks.join(' ')}`}
      caption={`Expression in the selected cells, ${expressionUnit}: ${sides.names[0]} left, ${sides.names[1]} right; line: median; numbers: cells.`}
      marks={marks}
      table={{
        head: ['gene', ...sides.names.flatMap((side) => [`${side}: cells`, `${side}: median`, `${side}: share`])], // prettier-ignore
        rows: pairs.map(({ name, real, synthetic }) => [
          name,
          real?.cells ?? 0,
          real?.median ?? '',
          real?.fraction ?? '',
          synthetic?.cells ?? 0,
          synthetic?.median ?? '',
          synthetic?.fraction ?? '',
        ]),
      }}
      least={110 + 44 * pairs.length}
      leastHeight={170}
    >
      {({ width, height, active }) => (
        <ViolinPlot
          {...{ pairs, width, height, active }}
          unit={expressionUnit}
          names={sides.names}
        />
      )}
    </PlotFigure>
  );
}
