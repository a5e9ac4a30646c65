/** @file A set of genes pasted by a person: how they change together, and one by one. */
import { useMemo } from 'react';
import type { PerturbEffect } from '../../protocol/perturb.ts';
import { setGeneSet } from '../../state/actions/perturb.ts';
import { namesIn } from '../../state/apply-choice.ts';
import { formatDecimal, formatNumber, formatPercent } from '../../state/format.ts';
import { usePerturb, type ShownPrediction } from '../../state/perturb.ts';
import { signed } from './perturb-words.ts';

const LISTED = 40;

type Column = 'predicted' | 'real' | 'additive';

const columns: Readonly<Record<Column, string>> = {
  predicted: 'predicted',
  real: 'real',
  additive: 'sum of members',
};

interface SetChange {
  readonly mean: number;
  /** How far the mean lies from that of as many genes at random, in standard errors; null when it cannot be told. */
  readonly z: number | null;
  readonly up: number;
}

/** The mean change of some genes against that of as many drawn without replacement from all. */
export function changeOfSet(all: readonly number[], set: readonly number[]): SetChange {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const middle = mean(all);
  const variance = all.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, all.length - 1); // prettier-ignore
  const error = Math.sqrt((variance / Math.max(1, set.length)) * (1 - set.length / Math.max(1, all.length))); // prettier-ignore
  const own = mean(set);
  return {
    mean: own,
    z: error > 0 && set.length > 0 ? (own - middle) / error : null,
    up: set.filter((value) => value > 0).length / Math.max(1, set.length),
  };
}

function valuesOf(effects: readonly PerturbEffect[], column: Column): number[] {
  return effects.flatMap(({ [column]: value }) => (value === null ? [] : [value]));
}

/** A field for names, the set's mean changes, and its genes. */
export function GeneSetView({ prediction }: { prediction: ShownPrediction }) {
  const text = usePerturb((state) => state.geneSet);
  const { effects, request } = prediction.report;
  const names = useMemo(() => namesIn(text), [text]);
  const wanted = useMemo(() => new Set(names.map((name) => name.toLowerCase())), [names]);
  const own = effects.filter(({ gene }) => wanted.has(gene.toLowerCase()));
  const shown = (Object.keys(columns) as Column[]).filter(
    (column) =>
      column === 'predicted' ||
      (column === 'real' ? prediction.realCells > 0 : request.members.length > 1),
  );
  return (
    <>
      <label className="perturb-set">
        <span className="lab">Genes of the set</span>
        <textarea
          className="field text"
          aria-label="Genes of the set"
          placeholder="Paste gene names"
          spellCheck={false}
          rows={2}
          value={text}
          onChange={(event) => setGeneSet({ geneSet: event.currentTarget.value })}
        />
      </label>
      {names.length > 0 && (
        <p className="mute">
          {formatNumber(own.length)} of {formatNumber(names.length)} names are genes of the model
          {missingText(names, effects)}
        </p>
      )}
      {own.length > 0 && (
        <>
          <table className="tbl apply-table">
            <thead>
              <tr>
                <th scope="col">the set</th>
                <th scope="col" className="num">
                  mean change
                </th>
                <th scope="col" className="num">
                  genes that rise
                </th>
                <th scope="col" className="num">
                  standard errors from chance
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((column) => (
                <SetRow
                  key={column}
                  name={columns[column]}
                  change={changeOfSet(valuesOf(effects, column), valuesOf(own, column))}
                />
              ))}
            </tbody>
          </table>
          <table className="tbl apply-table">
            <thead>
              <tr>
                <th scope="col">gene</th>
                {shown.map((column) => (
                  <th scope="col" className="num" key={column}>
                    {columns[column]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {own.slice(0, LISTED).map((effect) => (
                <tr key={effect.gene}>
                  <td>{effect.gene}</td>
                  {shown.map((column) => {
                    const value = effect[column];
                    return (
                      <td className="num" key={column}>
                        {value === null ? '–' : signed(value)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
          <p className="small">
            Chance: as many genes drawn from all genes of the model. Two standard errors are nothing
            unusual.
          </p>
        </>
      )}
    </>
  );
}

function SetRow({ name, change }: { name: string; change: SetChange }) {
  return (
    <tr>
      <td>{name}</td>
      <td className="num">{signed(change.mean, 3)}</td>
      <td className="num">{formatPercent(change.up, 0)}</td>
      <td className="num">{change.z === null ? '–' : formatDecimal(change.z, 1)}</td>
    </tr>
  );
}

function missingText(names: readonly string[], effects: readonly PerturbEffect[]): string {
  const known = new Set(effects.map(({ gene }) => gene.toLowerCase()));
  const missing = names.filter((name) => !known.has(name.toLowerCase()));
  if (missing.length === 0) return '.';
  const more = missing.length > 6 ? ` and ${formatNumber(missing.length - 6)} more` : '';
  return `; not found: ${missing.slice(0, 6).join(', ')}${more}.`;
}
