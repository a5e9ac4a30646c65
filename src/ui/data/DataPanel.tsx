/** @file The Data panel: what is in the file, where the counts are, what to steer, which cells and genes to keep. */
import { choosePart, openDemo } from '../../state/actions/index.ts';
import { formatNumber, formatPercent } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';
import { Icon } from '../controls/Icon.tsx';
import { ProgressBar } from '../controls/ProgressBar.tsx';
import { chooseFile } from '../frame/OpenFile.tsx';
import { AttributesBlock } from './AttributesBlock.tsx';
import { CellsBlock } from './CellsBlock.tsx';
import { CountsBlock } from './CountsBlock.tsx';
import { GenesBlock } from './GenesBlock.tsx';
import { KindsBlock } from './KindsBlock.tsx';
import { PreFlight } from './PreFlight.tsx';
import { useFeatureWords } from './use-feature-words.ts';
import { TrainFoot } from './TrainFoot.tsx';

/** The button in the panel's heading: back to the demo. */
export function DataHeading() {
  const own = useStudio(
    ({ data }) => data.origin === 'file' && (data.status === 'ready' || data.status === 'preview'),
  );
  if (!own) return null;
  return (
    <button type="button" className="btn quiet small-btn" onClick={() => void openDemo()}>
      Close file
    </button>
  );
}

/** Body and foot of the panel "Data". */
export function DataPanel() {
  const status = useStudio((state) => state.data.status);
  const origin = useStudio((state) => state.data.origin);
  const busy = status === 'opening' || status === 'loading';
  return (
    <>
      <div className="scroll">
        {busy && <Opening />}
        {!busy && origin !== 'file' && <DropBox />}
        {!busy && status === 'preview' && (
          <>
            <PreFlight />
            <PartChoice />
          </>
        )}
        {!busy && status === 'ready' && (
          <>
            <Facts />
            <KindsBlock />
            <PartChoice />
            <CountsBlock />
            <AttributesBlock />
            <CellsBlock />
            <GenesBlock />
          </>
        )}
      </div>
      <TrainFoot />
    </>
  );
}

function Opening() {
  const doing = useStudio((state) => state.data.doing ?? 'Opening');
  const share = useStudio((state) => state.data.share);
  return (
    <section className="block">
      <div className="progress-head">
        <span className="headline">{doing}</span>
        <span className="mute">{formatPercent(share, 0)}</span>
      </div>
      <ProgressBar label="Opening" share={share} />
      <p className="small">Read here, in this tab. Nothing is sent.</p>
    </section>
  );
}

function DropBox() {
  return (
    <section className="block">
      <button type="button" className="drop" onClick={chooseFile}>
        <Icon name="file" />
        <span>
          <span className="strong">Drop a file anywhere</span>
          <br />
          <span className="mute">or choose one from your computer</span>
        </span>
      </button>
      <p className="small after">
        h5ad, h5mu, 10x h5 or folder, loom, zarr zip, CSV. Whole counts. A saved model: cellsmith.
      </p>
    </section>
  );
}

/** The part of a 10x file in which all types stand side by side. */
const everything = 'all features';

/** Which part of a file with several is open: a modality, a feature type, a genome, an orientation. */
function PartChoice() {
  const parts = useStudio((state) => state.data.summary?.parts ?? null);
  const part = useStudio((state) => state.data.summary?.part ?? null);
  const kinds = useStudio((state) => state.data.summary?.kinds ?? null);
  const known = (name: string): boolean => kinds?.some((kind) => kind.name === name) ?? false;
  const others = (parts ?? []).filter(({ name }) => !known(name) && name !== everything);
  if (parts === null || parts.length < 2 || part === null) return null;
  if (kinds !== null && others.length === 0) return null;
  return (
    <section className="block">
      <h3>Part of the file</h3>
      <Choice
        label="Part of the file"
        entries={[
          ...(parts.some(({ name }) => name === part) ? [] : [{ value: part, label: part }]),
          ...parts.map(({ name, label }) => ({ value: name, label })),
        ]}
        value={part}
        onChange={(next) => void choosePart(next)}
      />
    </section>
  );
}

function Facts() {
  const { summary, medianCounts, zeroShare, origin } = useStudio((state) => state.data);
  const { many } = useFeatureWords();
  if (!summary) return null;
  return (
    <section className="block">
      {origin === 'demo' && (
        <h3>
          Open now<span className="aside">demo</span>
        </h3>
      )}
      <dl className="kv">
        <dt>Cells × {many}</dt>
        <dd>
          {formatNumber(summary.nObs)} × {formatNumber(summary.nVars)}
        </dd>
        <dt>Counts per cell, median</dt>
        <dd>{formatNumber(medianCounts)}</dd>
        <dt>Zeros</dt>
        <dd>{formatPercent(zeroShare)}</dd>
      </dl>
    </section>
  );
}
