/** @file Which genes go into training: seen in enough cells, all of them or the most variable. */
import { setGeneChoice, setMinCells } from '../../state/actions/index.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Segments } from '../controls/Segments.tsx';
import { Stepper } from '../controls/Stepper.tsx';
import { GENES_ID } from './DataNotes.tsx';

const OFFERED = 2000;

/** The Genes section of the Data panel. */
export function GenesBlock() {
  const { geneChoice, minCells } = useStudio((state) => state.choices);
  const count = useStudio((state) => state.data.geneCount);
  const nObs = useStudio((state) => state.data.summary?.nObs ?? 1);
  const most = Math.min(OFFERED, count);
  return (
    <section className="block" id={GENES_ID}>
      <h3>
        Genes<span className="aside">{formatNumber(count)} in the file</span>
      </h3>
      <div className="pairs">
        <span className="lab">Least cells per gene</span>
        <Stepper
          label="Cells a gene must be seen in"
          value={minCells}
          min={0}
          max={nObs}
          onChange={setMinCells}
        />
        <span className="lab">Use</span>
        <Segments
          label="Genes to use"
          options={[
            { value: 'all', label: 'All' },
            { value: 'some', label: 'Most variable' },
          ]}
          value={geneChoice === 'all' ? 'all' : 'some'}
          onChange={(choice) => setGeneChoice(choice === 'all' ? 'all' : most)}
        />
        {geneChoice !== 'all' && (
          <>
            <span className="lab">Most variable genes</span>
            <Stepper
              label="Most variable genes"
              value={geneChoice}
              min={50}
              max={Math.max(50, count)}
              step={100}
              onChange={setGeneChoice}
            />
          </>
        )}
      </div>
    </section>
  );
}
