/** @file Gliding: where points are while they move from old to new places. Plain arithmetic on typed arrays, nothing on the GPU. */

/** Milliseconds of a glide (`--glide`). */
export const glideDuration = 200;

/** Value of cubic-bezier(.2, 0, 0, 1) at time t in 0–1, by bisection of its x. */
export function glideEasing(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  let low = 0;
  let high = 1;
  for (let step = 0; step < 24; step += 1) {
    const u = (low + high) / 2;
    const x = 3 * (1 - u) * (1 - u) * u * 0.2 + u * u * u;
    if (x < t) low = u;
    else high = u;
  }
  const u = (low + high) / 2;
  return 3 * (1 - u) * u * u + u * u * u;
}

/** Where points shall go. */
export interface GlideAim {
  /** Coordinates; the same array means that nothing new is asked. */
  readonly places: Float32Array;
  /** Points with the same key are the same cells and may glide; another key starts anew. */
  readonly key: string;
  /** Glide instead of jumping. */
  readonly smooth: boolean;
}

/** Points on their way; times are milliseconds of any one clock. */
export class Glide {
  #from: Float32Array | null = null;
  #aim: GlideAim | null = null;
  #began = 0;
  /** Two arrays in turn, so that a frame allocates nothing and the renderer still sees another array. */
  #between: [Float32Array, Float32Array] = [new Float32Array(0), new Float32Array(0)];
  #moving = false;

  /** Asks for new places; a glide that is under way goes on from where the points are now. */
  aim(aim: GlideAim, now: number): void {
    const before = this.#aim;
    if (before?.places === aim.places && before.key === aim.key) return;
    const same = before?.key === aim.key && before.places.length === aim.places.length;
    this.#from = same && aim.smooth ? (this.places(now)?.slice() ?? null) : null;
    this.#moving = this.#from !== null;
    this.#began = now;
    this.#aim = aim;
  }

  /** Forgets the points; the next ones start anew. */
  clear(): void {
    this.#aim = null;
    this.finish();
  }

  /** Ends a glide at once: the points are where they shall go. */
  finish(): void {
    this.#from = null;
    this.#moving = false;
  }

  /** Whether a later `places` will differ. */
  get moving(): boolean {
    return this.#moving;
  }

  /** Coordinates now: the array that was asked for once the points are there, before it one of two arrays that the next calls reuse. */
  places(now: number): Float32Array | null {
    const to = this.#aim?.places ?? null;
    const from = this.#from;
    if (!to || !from || !this.#moving) return to;
    const share = glideEasing((now - this.#began) / glideDuration);
    if (share >= 1) {
      this.finish();
      return to;
    }
    const [next, last] = this.#between;
    const between = next.length === to.length ? next : new Float32Array(to.length);
    this.#between = [last, between];
    for (let index = 0; index < to.length; index += 1)
      between[index] = from[index] + (to[index] - from[index]) * share;
    return between;
  }
}
