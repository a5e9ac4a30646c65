/** @file Which key does what, and where it does nothing. */
import { describe, expect, it } from 'vitest';
import { commandOf } from './key-map.ts';
import type { KeyPress } from './key-map.ts';

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...held,
});

describe('commandOf', () => {
  it.each([
    ['o', 'open'],
    ['G', 'generate'],
    ['e', 'export'],
    ['1', 'step-data'],
    ['4', 'step-check'],
    ['5', 'step-export'],
    [' ', 'flow'],
    ['/', 'find-gene'],
    ['F6', 'landmark'],
    ['Escape', 'close'],
  ])('%s on the page is %s', (key, command) => {
    expect(commandOf(press(key), 'page', true)).toBe(command);
  });

  it('leaves single letters to text fields, and to nobody when they are off', () => {
    expect(commandOf(press('g'), 'text', true)).toBeNull();
    expect(commandOf(press('g'), 'page', false)).toBeNull();
    expect(commandOf(press('F6'), 'text', false)).toBe('landmark');
  });

  it('leaves Space to buttons', () => {
    expect(commandOf(press(' '), 'control', true)).toBeNull();
    expect(commandOf(press('u'), 'control', true)).toBe('umap');
  });

  it('knows chords everywhere, but undoes typing in the field itself', () => {
    expect(commandOf(press('k', { ctrlKey: true }), 'text', false)).toBe('palette');
    expect(commandOf(press('K', { metaKey: true }), 'page', true)).toBe('palette');
    expect(commandOf(press('z', { ctrlKey: true }), 'page', true)).toBe('undo');
    expect(commandOf(press('Z', { ctrlKey: true, shiftKey: true }), 'page', true)).toBe('redo');
    expect(commandOf(press('z', { ctrlKey: true }), 'text', true)).toBeNull();
    expect(commandOf(press('o', { ctrlKey: true }), 'page', true)).toBeNull();
  });

  it('takes ten flow steps with Shift, on any keyboard', () => {
    expect(commandOf(press(',', { shiftKey: true }), 'page', true)).toBe('flow-back-10');
    expect(commandOf(press('>', { shiftKey: true }), 'page', true)).toBe('flow-forward-10');
    expect(commandOf(press('?', { shiftKey: true }), 'page', true)).toBe('keys');
  });
});
