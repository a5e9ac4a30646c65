/** @file The export dialog: what to save, what goes with it, how to read it, Save file. */
import { Modal } from '@mantine/core';
import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import {
  exportCells,
  exportCommand,
  exportedGenes,
  exportName,
  mostExportCells,
  openExport,
} from '../../state/actions/index.ts';
import type { ExportMap, ExportOptions } from '../../state/actions/index.ts';
import { formatNumber } from '../../state/format.ts';
import { featureCount, hasSeveralKinds } from '../../state/kinds.ts';
import { mapExportKey, mapLabel } from '../../state/map-names.ts';
import { useStudio } from '../../state/store.ts';
import { Glyph } from '../controls/Icon.tsx';
import { Segments } from '../controls/Segments.tsx';
import { Stepper } from '../controls/Stepper.tsx';
import { CopyButton } from '../frame/Alerts.tsx';
import { dialogLook } from './dialog-look.ts';
import { ExportProgress } from './ExportProgress.tsx';
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
  const shown = useStudio((state) => state.guidance.cells);
  const exporting = useStudio((state) => state.view.exporting);
  const [options, setOptions] = useState<ExportOptions>({
    what: 'synthetic',
    cells: shown,
    format: 'h5ad',
    values: 'counts',
    maps: ['X_umap', 'X_pca', 'X_cfgen'],
    geneColumns: true,
    colours: true,
    provenance: true,
  });
  const [saving, setSaving] = useState(false);
  const several = useStudio(({ model }) => model.info !== null && hasSeveralKinds(model.info));
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
  if (exporting) return <ExportProgress progress={exporting} />;
  return (
    <>
      <WhatToSave what={options.what} cells={options.cells} onChange={(what) => change({ what })} />
      <HowMany
        cells={options.cells}
        shown={shown}
        onChange={(cells) => change({ cells: Math.round(cells) })}
      />
      {!table && !several && <Storage options={options} onChange={change} />}
      {!bare && <Maps maps={options.maps} onChange={(maps) => change({ maps })} />}
      {!bare && !several && (
        <>
          <Extra
            name="Gene columns"
            text="The columns of var that the source has"
            checked={options.geneColumns}
            onChange={(geneColumns) => change({ geneColumns })}
          />
          <Extra
            name="Colours"
            text="Of the categories, in uns['…_colors']"
            checked={options.colours}
            onChange={(colours) => change({ colours })}
          />
        </>
      )}
      {!table && (
        <Extra
          name="Provenance"
          text={`Model, seed, weights, solver and verdict in ${bare ? 'uns.json' : "uns['cellsmith']"}`}
          checked={options.provenance}
          onChange={(provenance) => change({ provenance })}
        />
      )}
      <ReadIt what={options.what} format={options.format} cells={options.cells} />
      <p className="mute marked">
        Every cell is marked as synthetic in <span className="mono">{markOf(options)}</span>.
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

/** Where a file says that its cells are synthetic. */
function markOf({ what, format }: ExportOptions): string {
  if (what === 'table') return 'the column origin';
  return format === 'mtx' ? 'the column origin of cells.csv' : "obs['origin']";
}

/** How many synthetic cells; the map shows the first of them. */
function HowMany(props: { cells: number; shown: number; onChange: (cells: number) => void }) {
  const { cells, shown, onChange } = props;
  return (
    <div className="pairs stored">
      <span className="lab">Synthetic cells</span>
      <span className="row">
        <Stepper
          label="Synthetic cells"
          value={cells}
          min={1}
          max={mostExportCells}
          step={1000}
          onChange={onChange}
        />
        {cells > shown && (
          <span className="mute">The first {formatNumber(shown)} are those on the map.</span>
        )}
      </span>
    </div>
  );
}

function WhatToSave(props: {
  what: ExportOptions['what'];
  cells: number;
  onChange: (what: ExportOptions['what']) => void;
}) {
  const { cells } = props;
  const info = useStudio((state) => state.model.info);
  const features = info ? featureCount(exportedGenes(info), info.modalities) : '';
  const several = info !== null && hasSeveralKinds(info);
  const real = useStudio((state) => state.data.summary?.nObs ?? 0);
  const name = useId();
  const options: [ExportOptions['what'], string, ReactNode][] = [
    [
      'synthetic',
      'Synthetic cells',
      `${formatNumber(cells)} cells × ${features}, ${several ? 'each kind with its counts below mod/' : "whole counts in layers['counts']"}`,
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
  const offered = several ? options.filter(([value]) => value !== 'both') : options;
  return (
    <div role="radiogroup" aria-label="What to save">
      {offered.map(([value, title, text]) => (
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
    <div className="pairs stored">
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

const mapNames: readonly (readonly [ExportMap, string])[] = [
  ['X_umap', ''],
  ['X_pca', 'PCA'],
  ['X_cfgen', 'Latent'],
];

/** Which maps go into obsm. */
function Maps(props: {
  maps: readonly ExportMap[];
  onChange: (maps: readonly ExportMap[]) => void;
}) {
  const { maps, onChange } = props;
  const mapKey = useStudio((state) => state.data.mapKey);
  const kinds = useStudio(({ model }) => model.info?.modalities?.length ?? 0);
  const offered = mapNames.filter(([key]) => key !== 'X_pca' || kinds < 2);
  return (
    <div className="pairs stored" role="group" aria-label="Maps in obsm">
      <span className="lab">In obsm</span>
      <span className="row">
        {offered.map(([key, name]) => (
          <label className="row" key={key} title={key === 'X_umap' ? mapExportKey(mapKey) : key}>
            <input
              type="checkbox"
              className="check"
              checked={maps.includes(key)}
              onChange={(event) =>
                onChange(
                  event.currentTarget.checked
                    ? [...maps, key]
                    : maps.filter((other) => other !== key),
                )
              }
            />
            {key === 'X_umap' ? mapLabel(mapKey) : kinds > 0 && key === 'X_pca' ? 'LSI' : name}
          </label>
        ))}
      </span>
    </div>
  );
}

function Extra(props: {
  name: string;
  text: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className="opt slim">
      <input
        type="checkbox"
        className="check"
        checked={props.checked}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span className="strong">{props.name}</span>
      <p>{props.text}</p>
    </label>
  );
}

function ReadIt({ what, format, cells }: Pick<ExportOptions, 'what' | 'format' | 'cells'>) {
  const [language, setLanguage] = useState<CodeLanguage | 'again'>('python');
  const several = useStudio(({ model }) => model.info !== null && hasSeveralKinds(model.info));
  const code =
    language === 'again'
      ? exportCommand({ what, format, cells })
      : readCode(
          exportName({ what, format }),
          { what, format: several ? 'h5mu' : format },
          language,
        );
  return (
    <>
      <div className="read-it">
        <span className="strong">Read it</span>
        <Segments
          label="Language"
          options={[
            { value: 'python', label: 'Python' },
            { value: 'r', label: 'R' },
            { value: 'again', label: 'Make again' },
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
