/** @file The combobox "Colour by": obs columns, quality, distance, and genes by typing. */
import { Combobox, useCombobox } from '@mantine/core';
import { useMemo, useState } from 'react';
import { setColourBy } from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import { colourGroups, colourId, colourLabel, nothingFound } from './colour-choices.ts';

/** Chooses the colours of the map; Enter takes the first match. */
export function ColourByPick() {
  const data = useStudio((state) => state.data);
  const synthetic = useStudio((state) => state.synthetic);
  const colourBy = useStudio((state) => state.look.colourBy);
  const [typed, setTyped] = useState<string | null>(null);
  const store = useCombobox({
    onDropdownOpen: () => store.updateSelectedOptionIndex('active', { scrollIntoView: true }),
    onDropdownClose: () => {
      store.resetSelectedOption();
      setTyped(null);
    },
  });
  const open = store.dropdownOpened;
  const groups = useMemo(
    () => (open ? colourGroups(typed ?? '', data, synthetic) : []),
    [open, typed, data, synthetic],
  );
  const current = colourBy ? colourId(colourBy) : null;
  const choose = (id: string): void => {
    const found = groups.flatMap(({ choices }) => choices).find((entry) => entry.id === id);
    if (found) setColourBy(found.colourBy);
    store.closeDropdown();
  };
  return (
    <Combobox
      store={store}
      onOptionSubmit={choose}
      position="bottom-start"
      middlewares={{ flip: true, shift: true }}
      offset={4}
      width={264}
      zIndex={70}
      transitionProps={{ duration: 90 }}
      classNames={{ dropdown: 'menu', option: 'menu-item' }}
    >
      <Combobox.DropdownTarget>
        <span className="choice slim colour-by">
          <Combobox.EventsTarget withExpandedAttribute targetType="input" autoComplete="off">
            <input
              type="text"
              aria-label="Colour by"
              value={typed ?? (colourBy ? colourLabel(colourBy) : '')}
              placeholder="nothing"
              disabled={data.status === 'none'}
              spellCheck={false}
              onChange={(event) => {
                setTyped(event.currentTarget.value);
                store.openDropdown();
                store.updateSelectedOptionIndex();
                window.setTimeout(() => store.selectFirstOption());
              }}
              onClick={(event) => {
                event.currentTarget.select();
                store.openDropdown();
              }}
              onKeyDown={(event) => {
                // typed faster than the list: Enter takes the first match all the same
                const first = groups[0]?.choices[0];
                if (event.key !== 'Enter' || typed === null || !first) return;
                if (store.getSelectedOptionIndex() !== -1) return;
                event.preventDefault();
                choose(first.id);
              }}
              onBlur={() => store.closeDropdown()}
            />
          </Combobox.EventsTarget>
          <svg className="icon chev" viewBox="0 0 16 16" aria-hidden="true">
            <path d="m4 6.5 4 4 4-4" />
          </svg>
        </span>
      </Combobox.DropdownTarget>
      <Combobox.Dropdown>
        <Combobox.Options mah={320} className="menu-scroll" aria-label="Colour by">
          {groups.map(({ name, choices }) => (
            <Combobox.Group key={name} label={name} className="menu-group">
              {choices.map(({ id, label, note }) => (
                <Combobox.Option key={id} value={id} active={id === current}>
                  <span className="t" title={label}>
                    {label}
                  </span>
                  {note !== '' && <span className="n">{note}</span>}
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ))}
          {groups.length === 0 && typed !== null && (
            <Combobox.Empty className="menu-empty">{nothingFound(typed)}</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
