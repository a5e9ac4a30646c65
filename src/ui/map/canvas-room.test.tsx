import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followRoom, keptScale, roomOf, type Room } from './canvas-room.ts';

let resized: () => void = () => undefined;

class Observer implements ResizeObserver {
  constructor(callback: ResizeObserverCallback) {
    resized = () => callback([], this);
  }
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {
    resized = () => undefined;
  }
}

function box(element: Element, top: number, width: number, height: number): void {
  element.getBoundingClientRect = () => new DOMRect(0, top, width, height);
}

/** A main area from y = 50 to 850 with the host below 40 px of tools. */
function page(hostHeight: number): { main: HTMLElement; host: HTMLElement } {
  const main = document.createElement('main');
  const host = document.createElement('div');
  main.append(host);
  document.body.replaceChildren(main);
  box(main, 50, 1000, 800);
  box(host, 90, 1000, hostHeight);
  return { main, host };
}

describe('the room of the canvas', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    globalThis.ResizeObserver = Observer;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('reaches to the foot of the main area, with the drawer closed or open', () => {
    expect(roomOf(page(700).host)).toEqual({ width: 1000, height: 760 });
    expect(roomOf(page(300).host)).toEqual({ width: 1000, height: 760 });
  });

  it('is the host itself where there is no main area', () => {
    const host = document.createElement('div');
    box(host, 10, 400.4, 300.2);
    expect(roomOf(host)).toEqual({ width: 401, height: 301 });
  });

  it('is told once the window rests, and only when it changed', () => {
    const { main, host } = page(700);
    const rooms: Room[] = [];
    const stop = followRoom(host, (room) => rooms.push(room));
    resized();
    vi.advanceTimersByTime(1000);
    expect(rooms).toEqual([]);
    for (const width of [900, 800, 700]) {
      box(main, 50, width, 800);
      box(host, 90, width, 700);
      resized();
      vi.advanceTimersByTime(100);
    }
    expect(rooms).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(rooms).toEqual([{ width: 700, height: 760 }]);
    stop();
  });
});

describe('a canvas whose buffer is still the old one', () => {
  it('shows each pixel as large as before', () => {
    // 704 pixels in 1,024: 704 / 1,024 of the new width is the old width again
    expect(keptScale({ width: 704, height: 674 }, { width: 1024, height: 674 }, 1)).toEqual({
      x: 0.6875,
      y: 1,
    });
    expect(keptScale({ width: 800, height: 600 }, { width: 200, height: 300 }, 2)).toEqual({
      x: 2,
      y: 1,
    });
  });

  it('is left alone once it fits, to whole pixels', () => {
    expect(keptScale({ width: 1024, height: 674 }, { width: 1024, height: 674 }, 1)).toBeNull();
    expect(keptScale({ width: 1537, height: 1012 }, { width: 1024, height: 674 }, 1.5)).toBeNull();
  });
});
