/** @file The gene graph around the perturbed genes: who is near whom, and by whom an unseen gene is known. */
import { useEffect, useMemo, useState } from 'react';
import { loadModelGenes } from '../../state/actions/perturb.ts';
import { formatNumber } from '../../state/format.ts';
import { usePerturb } from '../../state/perturb.ts';
import { requestOf, screenIn } from '../../state/question.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';
import { Empty } from '../controls/Note.tsx';
import { SaveGraph } from '../model/ScreenGraph.tsx';
import { PlotFigure } from '../plots/PlotFigure.tsx';
import { neighbourhood, placesOf, type Neighbourhood } from './neighbourhood.ts';

/** The picture, or why there is none. */
export function GraphView() {
  const info = useStudio((state) => state.model.info);
  const question = useStudio((state) => state.question);
  const genes = usePerturb((state) => state.genes);
  const screen = screenIn(info);
  useEffect(() => {
    void loadModelGenes();
  }, [info]);
  if (info === null || screen === null) return null;
  if (screen.graph.length === 0)
    return (
      <Empty
        missing="This model has no gene graph"
        advice="None of its perturbations is a gene of the file, as with drugs and cytokines."
      />
    );
  if (genes.length === 0) return <p className="plot-wait">Reading the genes …</p>;
  const { members } = requestOf(info, screen, question);
  const { graph, graphGiven } = screen;
  return <Around graph={graph} genes={genes} members={members} from={sourceOf(graphGiven)} />;
}

/** Where a model's graph comes from; older models do not tell. */
function sourceOf(isGiven: boolean | undefined): string {
  const learnt = 'joined where their expression goes together in training cells';
  if (isGiven === undefined) return `${learnt}, or by an imported edge list`;
  return isGiven ? 'joined by an imported edge list' : learnt;
}

/** Chosen for the genes that are asked for. */
const ASKED = '';

/** The neighbourhood of the genes that are asked for, or of another gene. */
function Around(props: {
  graph: readonly number[];
  genes: readonly string[];
  members: readonly string[];
  /** Where the graph comes from, in words. */
  from: string;
}) {
  const { graph, genes, members, from } = props;
  const [gene, setGene] = useState(ASKED);
  const entries = useMemo(() => {
    const names = [...new Set(graph)].map((at) => genes[at] ?? '').sort();
    return [
      { value: ASKED, label: 'the perturbed genes' },
      ...names.map((name) => ({ value: name, label: name })),
    ];
  }, [graph, genes]);
  const around = neighbourhood(graph, genes, gene === ASKED ? members : [gene]);
  const title = around ? `Gene graph around ${around.centre.join(' and ')}` : 'Gene graph';
  return (
    <div className="apply-result" tabIndex={0} role="group" aria-label={title}>
      <div className="row perturb-tools">
        <span className="lab">Around</span>
        <Choice
          label="Gene in the middle"
          className="perturb-order"
          search
          entries={entries}
          value={gene}
          onChange={setGene}
        />
        <span className="grow" />
        <SaveGraph />
      </div>
      {around ? (
        <Picture around={around} title={title} from={from} />
      ) : (
        <p className="mute">
          {members.join(' and ') || 'Control'} is not among the model’s {formatNumber(genes.length)}{' '}
          genes: the model knows such cells only from cells like them, not by neighbours in the
          graph. Choose a gene to see its neighbours.
        </p>
      )}
      <p className="small">
        {formatNumber(graph.length / 2)} pairs among {formatNumber(genes.length)} genes, {from}. To
        change it, save it, edit its lines, import it under “How it is modelled” in Model, and train
        again.
      </p>
    </div>
  );
}

function Picture(props: { around: Neighbourhood; title: string; from: string }) {
  const { around, title, from } = props;
  const { centre, near, edges } = around;
  const neighboursOf = (gene: string): string[] =>
    edges.flatMap(([a, b]) => (a === gene ? [b] : b === gene ? [a] : []));
  return (
    <div className="perturb-plot">
      <PlotFigure
        title={title}
        kind="gene-graph"
        says={`${title}: ${formatNumber(near.length)} neighbours, ${near.join(', ')}.`}
        caption={`${title}: genes ${from}.`}
        marks={[...centre, ...near].map((gene) => `${gene}: next to ${neighboursOf(gene).join(', ')}.`)} // prettier-ignore
        table={{ head: ['gene', 'next to'], rows: edges.map(([a, b]) => [a, b]) }}
        least={420}
        leastHeight={190}
      >
        {({ width, height, active }) => <Net {...{ around, width, height, active }} />}
      </PlotFigure>
    </div>
  );
}

function Net(props: { around: Neighbourhood; width: number; height: number; active: number }) {
  const { around, width, height, active } = props;
  const { centre, near, edges } = around;
  const places = placesOf(around, width, height);
  const read = [...centre, ...near][active];
  return (
    <svg className="plot gene-net" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      {edges.map(([a, b]) => {
        const [from, to] = [places.get(a), places.get(b)];
        if (!from || !to) return null;
        const strong = read === a || read === b;
        return (
          <line
            key={`${a} ${b}`}
            className={strong ? 'edge on' : 'edge'}
            x1={from.x}
            y1={from.y}
            x2={to.x}
            y2={to.y}
          />
        );
      })}
      {[...near, ...centre].map((gene) => {
        const at = places.get(gene);
        if (!at) return null;
        const own = centre.includes(gene);
        return (
          <g key={gene}>
            <circle className={own ? 'syn' : 'base'} cx={at.x} cy={at.y} r={own ? 6 : 4} />
            <text
              className={own || read === gene ? 'lab strong-text' : 'lab'}
              x={at.x + (at.left ? -9 : 9)}
              y={at.y + 4}
              textAnchor={at.left ? 'end' : 'start'}
            >
              {gene}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
