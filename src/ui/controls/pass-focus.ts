/** @file Keeps the keyboard's place in a list whose entries go away by their own buttons. */

/**
 * Before an entry goes: hands the focus to the next entry's button, the one before, or to what stands for the list.
 *
 * @param button of the entry that goes @param instead selector of what stands for the list, in the same section
 */
export function passFocus(button: HTMLElement, instead: string): void {
  if (document.activeElement !== button) return;
  const entry = button.closest('li');
  const other = entry?.nextElementSibling ?? entry?.previousElementSibling ?? null;
  const next = other?.querySelector<HTMLElement>('button') ?? null;
  (next ?? button.closest('section')?.querySelector<HTMLElement>(instead))?.focus();
}
