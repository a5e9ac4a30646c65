/** @file A choice from a list: an input with the role combobox, typed text filters, each entry may carry a note. */
import { Combobox, useCombobox } from '@mantine/core';
import type { CSSProperties, KeyboardEvent } from 'react';
import { useEffect, useRef, useState } from 'react';
import { Icon } from './Icon.tsx';

/** One entry of a choice. */
export interface ChoiceEntry {
  readonly value: string;
  readonly label: string;
  /** Said at the right: "95 real cells". */
  readonly note?: string;
  /** Said instead of the note while the entry is chosen and the list closed. */
  readonly closedNote?: string;
  /** The note is a warning and drawn amber. */
  readonly warn?: boolean;
  /** Colour of the swatch, when this choice colours the map. */
  readonly swatch?: string | undefined;
}

/** A combobox named `label`. With `search` typed text filters the list; without, it is only a list. */
export function Choice(props: {
  label: string;
  entries: readonly ChoiceEntry[];
  value: string;
  onChange: (value: string) => void;
  search?: boolean;
  disabled?: boolean;
  /** More classes of the field, e.g. slim for tool bars. */
  className?: string;
  /** Pixels of the list, where it is wider than the field. */
  menuWidth?: number;
}) {
  const { label, entries, value, onChange, search = false, disabled = false } = props;
  const { className = '', menuWidth } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const store = useCombobox({
    onDropdownOpen: () => store.updateSelectedOptionIndex('active', { scrollIntoView: true }),
    onDropdownClose: () => {
      store.resetSelectedOption();
      setTyped(null);
    },
  });
  const field = useRef<HTMLInputElement>(null);
  const chosen = entries.find((entry) => entry.value === value);
  const shown = typed ?? chosen?.label ?? '';
  const isTyping = typed !== null;
  // A choice that appears while the keyboard is here is replaced by the next letter, not added to.
  useEffect(() => {
    if (search && !isTyping && document.activeElement === field.current) field.current?.select();
  }, [search, isTyping, shown]);
  const found = typed === null ? entries : entries.filter((entry) => matches(entry, typed));
  const choose = (next: string): void => {
    onChange(next);
    store.closeDropdown();
    setTyped(null);
  };
  /** Enter takes the first match when none was picked with the arrow keys. */
  const onKeyDown = (event: KeyboardEvent): void => {
    const [first] = found;
    if (event.key !== 'Enter' || typed === null || !first) return;
    if (store.getSelectedOptionIndex() !== -1) return;
    event.preventDefault();
    choose(first.value);
  };
  /** A label that was typed out in full counts as chosen. */
  const leave = (): void => {
    const text = typed?.trim().toLowerCase();
    const exact = entries.find((entry) => entry.label.toLowerCase() === text);
    if (exact) choose(exact.value);
    else store.closeDropdown();
    setTyped(null);
  };

  return (
    <Combobox
      store={store}
      disabled={disabled}
      keepMounted={false}
      onOptionSubmit={choose}
      position="bottom-start"
      middlewares={{ flip: true, shift: true }}
      offset={4}
      {...(menuWidth === undefined ? {} : { width: menuWidth })}
      zIndex={70}
      transitionProps={{ duration: 90 }}
      classNames={{ dropdown: 'menu', option: 'menu-item' }}
    >
      <Combobox.DropdownTarget>
        <span className={`choice ${className} ${disabled ? 'off' : ''}`}>
          {chosen?.swatch && typed === null && <Swatch colour={chosen.swatch} />}
          <Combobox.EventsTarget
            withExpandedAttribute
            targetType={search ? 'input' : 'button'}
            autoComplete="off"
          >
            <input
              ref={field}
              type="text"
              aria-label={label}
              value={shown}
              readOnly={!search}
              disabled={disabled}
              spellCheck={false}
              onChange={(event) => {
                setTyped(event.currentTarget.value);
                store.openDropdown();
                store.updateSelectedOptionIndex();
                window.setTimeout(() => store.selectFirstOption());
              }}
              onFocus={(event) => search && event.currentTarget.select()}
              onClick={(event) => {
                if (search) event.currentTarget.select();
                if (search) store.openDropdown();
                else store.toggleDropdown();
              }}
              onKeyDown={onKeyDown}
              onBlur={leave}
            />
          </Combobox.EventsTarget>
          {typed === null && (chosen?.closedNote ?? chosen?.note ?? '') !== '' && (
            <span className="n" aria-hidden="true">
              {chosen?.closedNote ?? chosen?.note}
            </span>
          )}
          <Icon name="chevron" className="chev" />
        </span>
      </Combobox.DropdownTarget>
      <Combobox.Dropdown>
        <Combobox.Options mah={280} className="menu-scroll" aria-label={label}>
          {found.map((entry) => (
            <Combobox.Option key={entry.value} value={entry.value} active={entry.value === value}>
              {entry.swatch && <Swatch colour={entry.swatch} />}
              <span className="t" title={entry.label}>
                {entry.label}
              </span>
              {entry.note && <span className={`n ${entry.warn ? 'warn' : ''}`}>{entry.note}</span>}
            </Combobox.Option>
          ))}
          {found.length === 0 && (
            <Combobox.Empty className="menu-empty">Nothing found for ‘{typed}’.</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** A dot in a category's colour. */
export function Swatch({ colour }: { colour: string }) {
  return <span className="swatch" style={{ '--c': colour } as CSSProperties} aria-hidden="true" />;
}

function matches(entry: ChoiceEntry, text: string): boolean {
  return entry.label.toLowerCase().includes(text.trim().toLowerCase());
}
