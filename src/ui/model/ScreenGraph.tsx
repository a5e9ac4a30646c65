/** @file The gene graph that the next training uses: learnt, or a person's edge list; and the present model's, to be edited. */
import { dropGraph, importGraph, saveGraph } from '../../state/actions/gene-graph.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';

/** Which graph it is, import, the way back, and the file of the present one. */
export function ScreenGraph() {
  const graph = useStudio(({ model }) => model.settings.screen.graph);
  const pairs = useStudio(({ model }) => (model.info?.screen?.graph.length ?? 0) / 2);
  return (
    <>
      <p className="small screen-line">
        Gene graph:{' '}
        {graph === null
          ? 'learnt from training cells.'
          : `${graph.name}, ${formatNumber(graph.pairs)} pairs.`}
        {pairs > 0 && ' To edit the present model’s, save it, change its lines and import it.'}
      </p>
      <div className="row perturb-row">
        <label className="btn small-btn screen-file">
          Import an edge list
          <input
            type="file"
            className="hidden"
            aria-label="Import an edge list"
            accept=".txt,.tsv,.csv,text/plain,text/csv"
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? [];
              event.currentTarget.value = '';
              if (file) void importGraph(file);
            }}
          />
        </label>
        {pairs > 0 && <SaveGraph />}
        {graph !== null && (
          <button type="button" className="btn small-btn quiet" onClick={dropGraph}>
            Back to the learnt graph
          </button>
        )}
      </div>
    </>
  );
}

/** Downloads the present model's graph. */
export function SaveGraph() {
  return (
    <button type="button" className="btn small-btn" onClick={() => void saveGraph()}>
      Save as edge list
    </button>
  );
}
