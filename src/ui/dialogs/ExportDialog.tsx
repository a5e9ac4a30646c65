/** @file The export dialog: what to save, what goes with it, how to read it, Save file. */
import { Modal } from '@mantine/core';
import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import { exportCells, exportedGenes, exportName, openExport } from '../../state/actions/index.ts';
import type { ExportOptions } from '../../state/actions/index.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Glyph } from '../controls/Icon.tsx';
import { Segments } from '../controls/Segments.tsx';
import { CopyButton } from '../frame/Alerts.tsx';
import { dialogLook } from './dialog-look.ts';
import { readCode } from './read-code.ts';
import type { CodeLanguage } from './read-code.ts';

/** The dialog over the present view; closes with Esc and returns the focus. */
export function ExportDialog() {
  const open = useStudio((state) => state.view.exportOpen);
  return (
    <Modal {...dialogLook} opened={open} onClose={() => openExport(false)} title="Export cells">
      <ExportForm />
    </Modal>
  );
}

function ExportForm() {
  const [options, setOptions] = useState<ExportOptions>({
    what: 'synthetic',
    format: 'h5ad',
    values: 'counts',
    map: true,
    provenance: true,
  });
  const [saving, setSaving] = useState(false);
  const table = options.what === 'table';
  const bare = table || options.format === 'mtx';
  const change = (part: Partial<ExportOptions>): void => setOptions({ ...options, ...part });
  const save = async (): Promise<void> => {
    setSaving(true);
    const saved = await exportCells(options);
    setSaving(false);
    // an error speaks at the map
    if (!saved) openExport(false);
  };
  return (
    <>
      <WhatToSave what={options.what} onChange={(what) => change({ what })} />
      {!table && <Storage options={options} onChange={change} />}
      <Extra
        name="Map and latent"
        text="X_umap, X_pca and X_cfgen in obsm"
        checked={options.map && !bare}
        disabled={bare}
        onChange={(map) => change({ map })}
      />
      <Extra
        name="Provenance"
        text="Model, seed, weights and solver in uns['cellsmith']"
        checked={options.provenance && !bare}
        disabled={bare}
        onChange={(provenance) => change({ provenance })}
      />
      <ReadIt what={options.what} format={options.format} />
      <p className="mute marked">
        Every cell is marked as synthetic in{' '}
        <span className="mono">{table ? 'the column origin' : "obs['origin']"}</span>.
      </p>
      <div className="dialog-foot">
        <span className="mute file-name">{exportName(options)}</span>
        <span className="grow" />
        <button type="button" className="btn tall" onClick={() => openExport(false)}>
          Cancel
        </button>
        <button
          type="button"
          className="btn primary tall"
          data-autofocus
          aria-busy={saving}
          disabled={saving}
          onClick={() => void save()}
        >
          {saving && <Glyph kind="busy" />}
          Save file
        </button>
      </div>
    </>
  );
}

function WhatToSave(props: {
  what: ExportOptions['what'];
  onChange: (what: ExportOptions['what']) => void;
}) {
  const cells = useStudio((state) => state.guidance.cells);
  const info = useStudio((state) => state.model.info);
  const genes = info ? exportedGenes(info) : 0;
  const real = useStudio((state) => state.data.summary?.nObs ?? 0);
  const name = useId();
  const options: [ExportOptions['what'], string, ReactNode][] = [
    [
      'synthetic',
      'Synthetic cells',
      `${formatNumber(cells)} cells × ${formatNumber(genes)} genes, whole counts in layers['counts']`,
    ],
    [
      'both',
      'Real and synthetic in one file',
      <>
        With the {formatNumber(real)} real cells; a column <span className="mono">origin</span>{' '}
        tells them apart
      </>,
    ],
    ['table', 'Table (CSV)', 'Attributes and map position of each cell, without counts'],
  ];
  return (
    <div role="radiogroup" aria-label="What to save">
      {options.map(([value, title, text]) => (
        <label className="opt" key={value}>
          <input
            type="radio"
            className="radio"
            name={name}
            checked={props.what === value}
            onChange={() => props.onChange(value)}
          />
          <span className="strong">{title}</span>
          <p>{text}</p>
        </label>
      ))}
    </div>
  );
}

const formats = [
  { value: 'h5ad', label: 'h5ad' },
  { value: 'mtx', label: '10x mtx' },
  { value: 'zarr', label: 'zarr' },
] as const;

/** The kind of file, and what stands in X. */
function Storage(props: {
  options: ExportOptions;
  onChange: (part: Partial<ExportOptions>) => void;
}) {
  const { options, onChange } = props;
  return (
    <div className="pairs settings">
      <span className="lab">Stored as</span>
      <Segments
        label="Stored as"
        options={formats}
        value={options.format}
        onChange={(format) => onChange({ format })}
      />
      {options.format !== 'mtx' && (
        <>
          <span className="lab">In X</span>
          <Segments
            label="In X"
            options={[
              { value: 'counts', label: 'Counts' },
              { value: 'log-normalised', label: 'Log-normalised' },
            ]}
            value={options.values}
            onChange={(values) => onChange({ values })}
          />
        </>
      )}
    </div>
  );
}

function Extra(props: {
  name: string;
  text: string;
  checked: boolean;
  disabled: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className="opt">
      <input
        type="checkbox"
        className="check"
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span className="strong">{props.name}</span>
      <p>{props.text}</p>
    </label>
  );
}

function ReadIt({ what, format }: Pick<ExportOptions, 'what' | 'format'>) {
  const [language, setLanguage] = useState<CodeLanguage>('python');
  const code = readCode(exportName({ what, format }), { what, format }, language);
  return (
    <>
      <div className="read-it">
        <span className="strong">Read it</span>
        <Segments
          label="Language"
          options={[
            { value: 'python', label: 'Python' },
            { value: 'r', label: 'R' },
          ]}
          value={language}
          onChange={setLanguage}
        />
      </div>
      <div className="code">
        <pre>{code}</pre>
        <CopyButton text={code} />
      </div>
    </>
  );
}
