/** @file Which genes go into training: seen in enough cells, all of them or the most variable. */
import {
  chooseGeneNames,
  setGeneChoice,
  setMinCells,
  setVariableBy,
} from '../../state/actions/index.ts';
import { formatNumber } from '../../state/format.ts';
import { isGenes, measuredKind } from '../../state/kinds.ts';
import { useStudio } from '../../state/store.ts';
import type { GeneNaming } from '../../protocol/dataset.ts';
import { Choice, type ChoiceEntry } from '../controls/Choice.tsx';
import { Segments } from '../controls/Segments.tsx';
import { Stepper } from '../controls/Stepper.tsx';
import { GENES_ID } from './DataNotes.tsx';
import { capital, useFeatureWords } from './use-feature-words.ts';

const OFFERED = 2000;

const kinds = { symbols: 'symbols', ensembl: 'Ensembl ids', other: 'names' } as const;

/** "var index: ENSG… (Ensembl ids)", and how many names occur more than once. */
function namingEntry({ column, kind, examples, repeated }: GeneNaming): ChoiceEntry {
  const place = column === '' ? 'Index' : column;
  const twice = repeated > 0 ? `, ${formatNumber(repeated)} numbered` : '';
  return {
    value: column,
    label: `${place}: ${examples[0] ?? ''}`,
    note: `${kinds[kind]}${twice}`,
    closedNote: '',
  };
}

/** By which column the genes are called; only where the file offers more than one. */
function GeneNames() {
  const ways = useStudio((state) => state.data.summary?.geneNames ?? null);
  const chosen = useStudio((state) => state.choices.geneNames ?? '');
  if (ways === null || ways.length < 2) return null;
  return (
    <>
      <span className="lab">Gene names</span>
      <Choice
        label="Gene names"
        entries={ways.map(namingEntry)}
        value={chosen}
        onChange={(column) => void chooseGeneNames(column)}
      />
    </>
  );
}

const together = '';

/** Whether the most variable genes are chosen over all cells, or by each batch for itself. */
function VariableBy() {
  const obs = useStudio((state) => state.data.summary?.obs ?? null);
  const chosen = useStudio((state) => state.choices.variableBy);
  const columns = (obs ?? []).filter(({ steerable }) => steerable).map(({ name }) => name);
  if (columns.length === 0) return null;
  const entries = [
    { value: together, label: 'all cells together' },
    ...columns.map((name) => ({ value: name, label: `each ${name}, then ranked` })),
  ];
  return (
    <>
      <span className="lab">Chosen by</span>
      <Choice
        label="Most variable genes chosen by"
        entries={entries}
        value={chosen !== null && columns.includes(chosen) ? chosen : together}
        onChange={(next) => setVariableBy(next === together ? null : next)}
      />
    </>
  );
}

/** The Genes section of the Data panel. */
export function GenesBlock() {
  const { geneChoice, minCells } = useStudio((state) => state.choices);
  const count = useStudio((state) => state.data.geneCount);
  const nObs = useStudio((state) => state.data.summary?.nObs ?? 1);
  const words = useFeatureWords();
  const genes = useStudio(({ data }) => measuredKind(data.summary));
  const offered = genes === null || isGenes(genes);
  const found = genes?.features ?? count;
  const most = Math.min(OFFERED, found);
  return (
    <section className="block" id={GENES_ID}>
      <h3>
        {capital(words.many)}
        <span className="aside">{formatNumber(count)} in the file</span>
      </h3>
      <div className="pairs">
        <GeneNames />
        <span className="lab">Least cells per {words.one}</span>
        <Stepper
          label={`Cells a ${words.one} must be seen in`}
          value={minCells}
          min={0}
          max={nObs}
          onChange={setMinCells}
        />
        {offered && (
          <>
            <span className="lab">{genes === null ? 'Use' : 'Use genes'}</span>
            <Segments
              label="Genes to use"
              options={[
                { value: 'all', label: 'All' },
                { value: 'some', label: 'Most variable' },
              ]}
              value={geneChoice === 'all' ? 'all' : 'some'}
              onChange={(choice) => setGeneChoice(choice === 'all' ? 'all' : most)}
            />
          </>
        )}
        {offered && geneChoice !== 'all' && (
          <>
            <span className="lab">Most variable genes</span>
            <Stepper
              label="Most variable genes"
              value={geneChoice}
              min={50}
              max={Math.max(50, found)}
              step={100}
              onChange={setGeneChoice}
            />
            <VariableBy />
          </>
        )}
      </div>
    </section>
  );
}
