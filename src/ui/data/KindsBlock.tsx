/** @file Which kinds of features of the file are open, genes and peaks, and how peaks are learnt. */
import type { FeatureKind } from '../../protocol/dataset.ts';
import { chooseKind, setPeaksAs } from '../../state/actions/index.ts';
import { formatNumber } from '../../state/format.ts';
import { isGenes, kindWords } from '../../state/kinds.ts';
import { useStudio } from '../../state/store.ts';
import { Segments } from '../controls/Segments.tsx';

/** The section "Features"; nothing for a file of genes alone. */
export function KindsBlock() {
  const kinds = useStudio((state) => state.data.summary?.kinds ?? null);
  if (kinds === null) return null;
  const peaks = kinds.some((kind) => kind.open && !isGenes(kind));
  return (
    <section className="block">
      <h3>Features</h3>
      {kinds.length > 1 && <Kinds kinds={kinds} />}
      {kinds.length === 1 && (
        <p className="small">The names are places in the genome: these are peaks, not genes.</p>
      )}
      {peaks && <PeaksAs />}
    </section>
  );
}

function Kinds({ kinds }: { kinds: readonly FeatureKind[] }) {
  const training = useStudio(({ model }) => model.status !== 'none' && model.status !== 'ready');
  const open = kinds.filter((kind) => kind.open);
  return (
    <>
      <div role="group" aria-label="Kinds of features" className="kinds">
        {kinds.map((kind) => (
          <label className="row kind-row" key={kind.name}>
            <input
              type="checkbox"
              className="check"
              checked={kind.open}
              disabled={training || (kind.open && open.length === 1)}
              onChange={() => void chooseKind(kind.name)}
            />
            <span className="t">{kind.name}</span>
            <span className="grow" />
            <span className="mute num">
              {formatNumber(kind.features)} {kindWords(kind).many}
            </span>
          </label>
        ))}
      </div>
      <p className="small after">{kindsText(open, kinds)}</p>
    </>
  );
}

function kindsText(open: readonly FeatureKind[], kinds: readonly FeatureKind[]): string {
  if (open.length > 1) {
    return 'One model learns them together: each cell it makes has genes and peaks that belong together. Limits below go by the genes.';
  }
  const [only] = open;
  const others = kinds.filter((kind) => !kind.open).map((kind) => kindWords(kind).many);
  const own = only ? kindWords(only).many : 'these';
  return `Only ${own} are open. Tick ${others.join(' and ')} too to learn both of the same cells together.`;
}

/** Whether peaks are there or not, or counted. */
function PeaksAs() {
  const peaksAs = useStudio((state) => state.choices.peaksAs);
  return (
    <div className="row peaks-as">
      <span className="lab">Peaks are</span>
      <span className="grow" />
      <Segments
        label="Peaks are"
        options={[
          { value: 'bernoulli', label: 'There or not' },
          { value: 'poisson', label: 'Counted' },
        ]}
        value={peaksAs}
        onChange={setPeaksAs}
      />
    </div>
  );
}
