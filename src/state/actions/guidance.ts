/** @file Steering: values, weights, number, seed, library size. Every change is followed live. */
import { get, patch } from '../store.ts';
import type { GuidanceSetting, GuidanceState } from '../types.ts';
import { followGuidance } from './generate.ts';

function change(part: Partial<GuidanceState>): void {
  patch('guidance', part);
  followGuidance();
}

function term(attribute: string, part: Partial<GuidanceSetting>): void {
  const { terms } = get().guidance;
  const before = terms[attribute] ?? { value: null, weight: 1 };
  change({ terms: { ...terms, [attribute]: { ...before, ...part } } });
}

/** Guidance weight of an attribute, 0–4 in tenths. */
export function setWeight(attribute: string, weight: number): void {
  const next = Math.min(4, Math.max(0, Math.round(weight * 10) / 10));
  if (get().guidance.terms[attribute]?.weight !== next) term(attribute, { weight: next });
}

/** Value of an attribute; null is every value as often as in the data. */
export function setValue(attribute: string, value: string | null): void {
  term(attribute, { value });
}

/** Values of several attributes at once (the grid "Together"). */
export function setValues(values: Readonly<Record<string, string | null>>): void {
  const terms = { ...get().guidance.terms };
  for (const [attribute, value] of Object.entries(values)) {
    terms[attribute] = { weight: terms[attribute]?.weight ?? 1, value };
  }
  change({ terms });
}

/** Number of synthetic cells, 1–100,000. */
export function setCells(cells: number): void {
  if (Number.isFinite(cells)) change({ cells: Math.min(100_000, Math.max(1, Math.round(cells))) });
}

/** Noise seed, 0–2^32−1. */
export function setSeed(seed: number): void {
  if (Number.isFinite(seed)) change({ seed: Math.min(2 ** 32 - 1, Math.max(0, Math.round(seed))) });
}

/** A new random seed. */
export function newSeed(): void {
  setSeed(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
}

/** Where library sizes come from. */
export function setLibrary(next: Partial<GuidanceState['librarySize']>): void {
  const { librarySize: before } = get().guidance;
  change({ librarySize: { ...before, ...next } });
}

/** Follow every slider move at once. */
export function setLive(live: boolean): void {
  change({ live });
}

/** All values, weight 1. */
export function resetGuidance(): void {
  const { terms } = get().guidance;
  change({
    terms: Object.fromEntries(Object.keys(terms).map((name) => [name, { value: null, weight: 1 }])),
  });
}
