/** @file Whether the palette is open, and on which kind of entries it begins. */
import { create } from 'zustand';

interface PaletteState {
  readonly open: boolean;
  /** 'genes' shows gene names first and offers to colour by them. */
  readonly about: 'all' | 'genes';
}

/** The palette's own small state; nothing of it is kept. */
export const usePalette = create<PaletteState>(() => ({ open: false, about: 'all' }));

/** Opens the palette. */
export function openPalette(about: PaletteState['about'] = 'all'): void {
  usePalette.setState({ open: true, about });
}

/** Closes the palette. */
export function closePalette(): void {
  usePalette.setState({ open: false });
}
