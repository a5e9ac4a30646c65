/** @file The size of an element, followed. */
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

interface Size {
  readonly width: number;
  readonly height: number;
}

function sizeNow(target: HTMLElement): Size {
  const { paddingLeft, paddingRight, paddingTop, paddingBottom } = getComputedStyle(target);
  const px = (text: string): number => Number.parseFloat(text) || 0;
  return {
    width: Math.max(0, target.clientWidth - px(paddingLeft) - px(paddingRight)),
    height: Math.max(0, target.clientHeight - px(paddingTop) - px(paddingBottom)),
  };
}

/** Follows the size of an element's content, in CSS pixels; known before the first picture, and of whichever element the reference holds. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const followed = useRef<{ target: HTMLElement; observer: ResizeObserver } | null>(null);
  useLayoutEffect(() => {
    const target = element.current;
    if (followed.current?.target === target) return;
    followed.current?.observer.disconnect();
    followed.current = null;
    if (!target) return;
    const take = ({ width, height }: Size): void =>
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    take(sizeNow(target));
    const observer = new ResizeObserver(([entry]) => take(entry.contentRect));
    observer.observe(target);
    followed.current = { target, observer };
  });
  useEffect(
    () => () => {
      followed.current?.observer.disconnect();
      followed.current = null;
    },
    [],
  );
  return size;
}
