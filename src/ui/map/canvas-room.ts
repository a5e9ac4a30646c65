/** @file How large the canvas is: as large as the map may ever get in this window, so that a drawer does not resize it. */

/** Size in CSS pixels. */
export interface Room {
  readonly width: number;
  readonly height: number;
}

/** Milliseconds for which a window must rest before its canvas follows. */
const rest = 150;

/** The room from the host's upper edge to the foot of the main area; its own box where there is no main area. */
export function roomOf(host: HTMLElement): Room {
  const { top, width, height } = host.getBoundingClientRect();
  const below = (host.closest('main') ?? host).getBoundingClientRect().bottom - top;
  return { width: Math.ceil(width), height: Math.ceil(Math.max(height, below)) };
}

/** How a canvas of this room is to be scaled while its drawing buffer is still that of another; null: it is its own. */
export function keptScale(
  buffer: Room,
  { width, height }: Room,
  ratio: number,
): { readonly x: number; readonly y: number } | null {
  const x = buffer.width / (width * ratio);
  const y = buffer.height / (height * ratio);
  // the buffer is a whole number of pixels
  const near = (scale: number, side: number): boolean => Math.abs(scale - 1) * side * ratio < 2;
  return near(x, width) && near(y, height) ? null : { x, y };
}

/**
 * Follows the room of a host.
 *
 * Resizing a canvas waits for the GPU, which a training on the same cores can make long. The canvas therefore covers
 * the place of drawer and bars too, cut off by its host, and changes only when the window itself has changed and rests.
 *
 * @param onRoom called with every later room, not with the present one
 * @returns a function that stops following
 */
export function followRoom(host: HTMLElement, onRoom: (room: Room) => void): () => void {
  let last = roomOf(host);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const measure = (): void => {
    const room = roomOf(host);
    if (room.width === 0 || (room.width === last.width && room.height === last.height)) return;
    last = room;
    onRoom(room);
  };
  const observer = new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(measure, last.width === 0 ? 0 : rest);
  });
  observer.observe(host.closest('main') ?? host);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
  };
}
