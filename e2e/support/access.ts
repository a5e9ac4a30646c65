/** @file Checks of accessibility in the page itself: axe's rules, and some that axe does not know or leaves undecided. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** One thing that is wrong, as a line for a person. */
export type AccessFault = string;

/** Waits for five frames in a row without a transition or an animation that ends: half-way colours belong to no state. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const moving = (): boolean =>
      document
        .getAnimations()
        .some(
          ({ playState, effect }) =>
            playState === 'running' && effect?.getComputedTiming().endTime !== Infinity,
        );
    // a dialog begins to show some frames after it is there
    for (let calm = 0; calm < 5; calm = moving() ? 0 : calm + 1)
      await new Promise(requestAnimationFrame);
  });
}

/** What axe calls serious or critical on the page now, one line a place: rule, place, and why. */
export async function axeFaults(page: Page): Promise<AccessFault[]> {
  await settled(page);
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) =>
          `${id} at ${target.join(' ')}: ${(failureSummary ?? '').replace(/\s+/g, ' ').slice(0, 240)}`,
      ),
    );
}

/**
 * Faults of what is visible now. Rules: controls, pictures and dialogs have names; ids are unique and references exist; no positive
 * tabindex; buttons are at least 24 px; text has a contrast of 4.5 (3 when large), disabled text and text over the canvas aside.
 */
export async function accessFaults(page: Page): Promise<AccessFault[]> {
  await settled(page);
  return page.evaluate(() => {
    const faults: string[] = [];
    const isVisible = (element: Element): boolean => {
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      return (
        box.width > 1 &&
        box.height > 1 &&
        style.visibility !== 'hidden' &&
        style.display !== 'none' &&
        element.closest('[hidden],[aria-hidden="true"]') === null
      );
    };
    const textOf = (ids: string | null): string =>
      (ids ?? '')
        .split(/\s+/)
        .map((id) => document.getElementById(id)?.textContent ?? '')
        .join(' ')
        .trim();
    const nameOf = (element: Element): string => {
      const labelled = textOf(element.getAttribute('aria-labelledby'));
      if (labelled) return labelled;
      const label = element.getAttribute('aria-label')?.trim();
      if (label) return label;
      const own = (element as HTMLInputElement).labels?.[0]?.textContent.trim();
      if (own) return own;
      const spoken = [...element.childNodes]
        .map((node) =>
          node instanceof Element && node.getAttribute('aria-hidden') === 'true'
            ? ''
            : (node.textContent ?? ''),
        )
        .join('')
        .trim();
      return spoken || (element.getAttribute('title') ?? '') || (element.getAttribute('alt') ?? '');
    };
    const told = (element: Element): string =>
      `<${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}"> ${(element.textContent ?? '').trim().slice(0, 40)}`;

    const named =
      'button,a[href],input:not([type=hidden]),select,textarea,[role=button],[role=tab],[role=combobox],[role=slider],[role=img],[role=dialog],[role=region],[role=group],[role=meter],[role=progressbar],canvas';
    for (const element of document.querySelectorAll(named))
      if (isVisible(element) && nameOf(element) === '') faults.push(`no name: ${told(element)}`);

    const ids = new Set<string>();
    for (const { id } of document.querySelectorAll('[id]')) {
      if (id && ids.has(id)) faults.push(`id twice: ${id}`);
      ids.add(id);
    }
    for (const attribute of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for', 'list'])
      for (const element of document.querySelectorAll(`[${attribute}]`))
        for (const id of (element.getAttribute(attribute) ?? '').split(/\s+/))
          if (id && !ids.has(id) && isVisible(element))
            faults.push(`${attribute} names nothing: ${id} at ${told(element)}`);
    for (const element of document.querySelectorAll('[tabindex]'))
      if ((element as HTMLElement).tabIndex > 0) faults.push(`tabindex above 0: ${told(element)}`);
    for (const element of document.querySelectorAll('[aria-hidden="true"]')) {
      const inside = element.querySelector('button,a[href],input,[tabindex="0"]');
      if (inside && isVisibleBox(inside)) faults.push(`focus in hidden content: ${told(inside)}`);
    }
    function isVisibleBox(element: Element): boolean {
      const box = element.getBoundingClientRect();
      return box.width > 1 && box.height > 1 && (element as HTMLElement).tabIndex >= 0;
    }
    for (const element of document.querySelectorAll('button:not(.link):not(.info)')) {
      const box = element.getBoundingClientRect();
      if (isVisible(element) && (box.width < 23.5 || box.height < 15.5))
        faults.push(
          `small target ${box.width.toFixed(0)} × ${box.height.toFixed(0)}: ${told(element)}`,
        );
    }

    type Colour = [number, number, number, number];
    const canvas = document.createElement('canvas');
    canvas.width = 1;
    canvas.height = 1;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const parsed = new Map<string, Colour>();
    const parse = (text: string): Colour => {
      const known = parsed.get(text);
      if (known || !context) return known ?? [0, 0, 0, 0];
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = text;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      const colour: Colour = [r, g, b, a / 255];
      parsed.set(text, colour);
      return colour;
    };
    const over = (top: Colour, under: Colour): Colour => {
      const mix = (i: number): number => top[i] * top[3] + under[i] * (1 - top[3]);
      return [mix(0), mix(1), mix(2), 1];
    };
    const groundOf = (element: Element): Colour => {
      const layers: Colour[] = [];
      for (let at: Element | null = element; at; at = at.parentElement) {
        const colour = parse(getComputedStyle(at).backgroundColor);
        if (colour[3] > 0) layers.push(colour);
        if (colour[3] > 0.99) break;
      }
      return layers.reverse().reduce<Colour>((under, top) => over(top, under), [255, 255, 255, 1]);
    };
    const light = ([r, g, b]: Colour): number => {
      const part = (value: number): number => {
        const c = value / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!element || !(node.textContent ?? '').trim() || !isVisible(element)) continue;
      if (element.closest('svg,[disabled],[aria-disabled="true"],.hidden,option,datalist'))
        continue;
      const style = getComputedStyle(element);
      const ground = groundOf(element);
      const ink = over(parse(style.color), ground);
      const [a, b] = [light(ink), light(ground)];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (contrast < (large ? 3 : 4.5) - 0.01)
        faults.push(`contrast ${contrast.toFixed(2)}: ${told(element)}`);
    }
    return [...new Set(faults)];
  });
}

/** Names and roles of what Tab reaches, in order, until it comes round or after `most` presses; and which of them show no focus. */
export async function tabRound(
  page: Page,
  most: number,
): Promise<{ readonly names: string[]; readonly unseen: string[] }> {
  const names: string[] = [];
  const unseen: string[] = [];
  for (let press = 0; press < most; press += 1) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const ringed = (at: Element | null): boolean => {
        if (!at) return false;
        const style = getComputedStyle(at);
        return (
          (style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0) ||
          style.boxShadow !== 'none'
        );
      };
      const near = [element, element.parentElement, element.nextElementSibling, element.parentElement?.parentElement ?? null]; // prettier-ignore
      const name =
        element.getAttribute('aria-label') ??
        ((element.textContent ?? '').trim().slice(0, 40) || element.tagName);
      const handle = element.querySelector('.handle');
      // a slider's ring lies on its thumb, which no script can read
      const slider = element.matches('input[type=range]');
      return { name, seen: slider || near.some(ringed) || ringed(handle) };
    });
    if (!found) {
      if (names.length > 0) break;
      continue;
    }
    names.push(found.name);
    if (!found.seen) unseen.push(found.name);
  }
  return { names, unseen };
}
