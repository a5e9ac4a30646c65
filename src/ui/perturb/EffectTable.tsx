/** @file Genes by how much they change: predicted, real where it was measured, and the sum of the members' own changes. */
import { useMemo, useState } from 'react';
import type { PerturbEffect } from '../../protocol/perturb.ts';
import type { ShownPrediction } from '../../state/perturb.ts';
import { formatNumber } from '../../state/format.ts';
import { Choice } from '../controls/Choice.tsx';
import { changeUnit, pText, signed } from './perturb-words.ts';

const LISTED = 60;

type Order = 'predicted' | 'real' | 'additive' | 'apart';

const orders: Readonly<Record<Order, string>> = {
  predicted: 'largest predicted change',
  real: 'largest real change',
  additive: 'farthest from the sum of members',
  apart: 'farthest from the real change',
};

function size(effect: PerturbEffect, order: Order): number {
  const { predicted, real, additive } = effect;
  if (order === 'real') return Math.abs(real ?? 0);
  if (order === 'additive') return Math.abs(predicted - (additive ?? predicted));
  return order === 'apart' ? Math.abs(predicted - (real ?? predicted)) : Math.abs(predicted);
}

/** The table, its order, and a field that finds genes. */
export function EffectTable({ prediction }: { prediction: ShownPrediction }) {
  const { effects, request } = prediction.report;
  const [order, setOrder] = useState<Order>('predicted');
  const [wanted, setWanted] = useState('');
  const measured = prediction.realCells > 0;
  const several = request.members.length > 1;
  const possible = (Object.keys(orders) as Order[]).filter(
    (own) => own === 'predicted' || (own === 'additive' ? several : measured),
  );
  const now = possible.includes(order) ? order : 'predicted';
  const found = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    const among = text === '' ? effects : effects.filter(({ gene }) => gene.toLowerCase().includes(text)); // prettier-ignore
    return [...among].sort((a, b) => size(b, now) - size(a, now));
  }, [effects, wanted, now]);
  const shown = found.slice(0, LISTED);
  const most = Math.max(...shown.map(({ predicted, real }) => Math.max(Math.abs(predicted), Math.abs(real ?? 0))), 1e-6); // prettier-ignore
  return (
    <>
      <div className="row perturb-tools">
        <input
          type="text"
          className="field text perturb-find"
          aria-label="Find a gene among the changes"
          placeholder="Find a gene"
          spellCheck={false}
          autoComplete="off"
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        {possible.length > 1 && (
          <Choice
            label="Order of genes"
            className="perturb-order"
            entries={possible.map((value) => ({ value, label: orders[value] }))}
            value={now}
            onChange={(next) => setOrder(next as Order)}
          />
        )}
        <span className="mute">
          {formatNumber(shown.length)} of {formatNumber(effects.length)} genes
        </span>
      </div>
      <table className="tbl apply-table">
        <thead>
          <tr>
            <th scope="col">gene</th>
            <Head text="predicted" />
            <Head text="adjusted p" />
            {measured && <Head text="real" />}
            {measured && <Head text="adjusted p" />}
            {several && <Head text="sum of members" />}
            <th scope="col" aria-label="Changes as bars" />
          </tr>
        </thead>
        <tbody>
          {shown.map((effect) => (
            <tr key={effect.gene} className={request.members.includes(effect.gene) ? 'strong' : ''}>
              <td>{effect.gene}</td>
              <td className="num">{signed(effect.predicted)}</td>
              <td className="num mute">{pText(effect.adjusted)}</td>
              {measured && (
                <td className="num">{effect.real === null ? '–' : signed(effect.real)}</td>
              )}
              {measured && <td className="num mute">{pText(effect.realAdjusted)}</td>}
              {several && (
                <td className="num">{effect.additive === null ? '–' : signed(effect.additive)}</td>
              )}
              <td className="effect-cell">
                <Bars predicted={effect.predicted} real={effect.real} most={most} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="small">
        Changes against control cells: {changeUnit}. p of a rank-sum test, adjusted over all genes.
        {measured && ' Bars: predicted above, real below.'}
      </p>
    </>
  );
}

function Head({ text }: { text: string }) {
  return (
    <th scope="col" className="num">
      {text}
    </th>
  );
}

const WIDTH = 180;

/** Predicted above, real below, from a line at 0. */
function Bars({ predicted, real, most }: { predicted: number; real: number | null; most: number }) {
  const bar = (value: number): { x: number; width: number } => {
    const length = (Math.abs(value) / most) * (WIDTH / 2);
    return { x: value < 0 ? WIDTH / 2 - length : WIDTH / 2, width: Math.max(0.5, length) };
  };
  return (
    <svg width={WIDTH} height="16" aria-hidden="true" className="effect-bars">
      <rect {...bar(predicted)} y="3" height="4" className="own" />
      {real !== null && <rect {...bar(real)} y="9" height="4" className="real" />}
      <path d={`M${WIDTH / 2} 0v16`} className="zero" />
    </svg>
  );
}
