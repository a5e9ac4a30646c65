/** @file Colour tokens of the present theme as numbers, read once per theme change. */
import { useSyncExternalStore } from 'react';
import { parseColour, toOklab, type Rgb } from './oklab.ts';

/** What canvases need of the tokens; everything else uses the CSS variables. */
export interface ThemeTokens {
  readonly dark: boolean;
  /** Large type for a class room. */
  readonly teach: boolean;
  readonly ring: Rgb;
  readonly halo: Rgb;
  readonly ink: Rgb;
  readonly ink3: Rgb;
  readonly lineStrong: Rgb;
  readonly stage: Rgb;
  /** The same tokens as CSS text, for 2D canvases. */
  readonly css: {
    readonly accent: string;
    readonly ink: string;
    readonly ink2: string;
    readonly ink3: string;
    readonly line: string;
    readonly lineStrong: string;
    readonly floorLine: string;
    readonly stage: string;
    readonly ring: string;
  };
}

const attributes = ['data-theme', 'data-mantine-color-scheme', 'class', 'style'];
const listeners = new Set<() => void>();
let tokens: ThemeTokens | null = null;
let signature = '';
let watching = false;

function readTokens(): ThemeTokens {
  const style = getComputedStyle(document.documentElement);
  const text = (name: string, otherwise: string): string =>
    style.getPropertyValue(name).trim() || otherwise;
  const css = {
    accent: text('--accent', '#0b6477'),
    ink: text('--ink', '#1a1d20'),
    ink2: text('--ink-2', '#555b61'),
    ink3: text('--ink-3', '#676d74'),
    line: text('--line', '#dededa'),
    lineStrong: text('--line-strong', '#b4b6b3'),
    floorLine: text('--floor-line', '#7b8684'),
    stage: text('--stage', '#fdfdfc'),
    ring: text('--ring', '#15181b'),
  };
  const stage = parseColour(css.stage);
  return {
    dark: toOklab(stage)[0] < 0.5,
    teach: document.querySelector('.teach') !== null,
    ring: parseColour(css.ring),
    halo: parseColour(text('--halo', '#fdfdfc')),
    ink: parseColour(css.ink),
    ink3: parseColour(css.ink3),
    lineStrong: parseColour(css.lineStrong),
    stage,
    css,
  };
}

function refresh(): void {
  const next = readTokens();
  const text = JSON.stringify(next);
  if (text === signature) return;
  tokens = next;
  signature = text;
  for (const listener of listeners) listener();
}

function watch(): void {
  watching = true;
  const observer = new MutationObserver(refresh);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: attributes });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refresh);
}

function subscribe(listener: () => void): () => void {
  if (!watching) watch();
  listeners.add(listener);
  refresh();
  return () => listeners.delete(listener);
}

function snapshot(): ThemeTokens {
  if (!tokens) {
    tokens = readTokens();
    signature = JSON.stringify(tokens);
  }
  return tokens;
}

/** The tokens of the present theme; a component re-renders when they change. */
export function useThemeTokens(): ThemeTokens {
  return useSyncExternalStore(subscribe, snapshot);
}
