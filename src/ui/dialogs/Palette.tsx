/** @file The palette (Ctrl K): one field that finds commands, values, columns and genes. */
import { Combobox, Modal, useCombobox } from '@mantine/core';
import { useEffect, useState } from 'react';
import { nearestGenes } from '../../state/gene-index.ts';
import { useStudio } from '../../state/store.ts';
import { Icon } from '../controls/Icon.tsx';
import { paletteEntries } from './palette-entries.ts';
import type { PaletteEntry } from './palette-entries.ts';
import { closePalette, usePalette } from './palette-store.ts';

/** The dialog; its content lives only while it is open. */
export function Palette() {
  const open = usePalette((state) => state.open);
  return (
    <Modal
      opened={open}
      onClose={closePalette}
      withCloseButton={false}
      padding={0}
      size={600}
      yOffset="14vh"
      zIndex={60}
      transitionProps={{ duration: 90 }}
      classNames={{ content: 'dialog', body: 'palette', overlay: 'dialog-scrim' }}
      attributes={{ content: { 'aria-label': 'Search and commands' } }}
    >
      <PaletteBody />
    </Modal>
  );
}

function PaletteBody() {
  const about = usePalette((state) => state.about);
  const [text, setText] = useState('');
  const state = useStudio((all) => all);
  const store = useCombobox({ opened: true });
  const entries = paletteEntries(state, text, about);
  useEffect(() => {
    store.selectFirstOption();
    // the list is another one after each typed letter; the store itself never changes
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text, about]);

  const run = (id: string): void => {
    closePalette();
    entries.find((entry) => entry.id === id)?.run();
  };
  return (
    <Combobox store={store} onOptionSubmit={run} classNames={{ option: 'menu-item' }}>
      <div className="palette-field">
        <Icon name="search" />
        <Combobox.EventsTarget>
          <input
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-label={about === 'genes' ? 'Find a gene' : 'Search and commands'}
            placeholder={about === 'genes' ? 'Find a gene' : 'Commands, values, columns and genes'}
            data-autofocus
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') closePalette();
            }}
          />
        </Combobox.EventsTarget>
        <kbd>Esc</kbd>
      </div>
      <Combobox.Options className="palette-list" aria-label="Found">
        {groupsOf(entries).map(([group, members]) => (
          <div key={group} role="group" aria-label={group}>
            <div className="menu-group" aria-hidden="true">
              {group}
            </div>
            {members.map(({ id, label, hint }) => (
              <Combobox.Option value={id} key={id}>
                <span className="t">{label}</span>
                <span className="n">{hint.length === 1 ? <kbd>{hint}</kbd> : hint}</span>
              </Combobox.Option>
            ))}
          </div>
        ))}
        {entries.length === 0 && <Nothing text={text} gene={about === 'genes'} />}
      </Combobox.Options>
    </Combobox>
  );
}

function groupsOf(entries: readonly PaletteEntry[]): [string, PaletteEntry[]][] {
  const groups = new Map<string, PaletteEntry[]>();
  for (const entry of entries) {
    groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  }
  return [...groups];
}

function Nothing({ text, gene }: { text: string; gene: boolean }) {
  const near = nearestGenes(text, 3);
  const hint = near.length > 0 ? `Did you mean ${near.join(', ')}?` : '';
  return (
    <p className="menu-empty">
      {gene ? `No gene called ‘${text}’.` : `Nothing found for ‘${text}’.`} {hint}
    </p>
  );
}
