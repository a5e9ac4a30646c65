/** @file The HTTP headers of the page: nothing may leave it, and threads may share memory. Used by serve, dev and build. */

/** What the page may load: itself, what it makes itself (blob:, data:), and WebAssembly. Nothing from elsewhere. */
const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'", "'wasm-unsafe-eval'"],
  'worker-src': ["'self'"],
  'connect-src': ["'self'", 'data:', 'blob:'],
  'img-src': ["'self'", 'data:', 'blob:'],
  // Mantine writes its theme and its responsive styles into style elements.
  'style-src': ["'self'", "'unsafe-inline'"],
  'font-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

const write = (policy) =>
  Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ');

/** The Content-Security-Policy header of the built page. */
export const contentSecurityPolicy = write(POLICY);

/** The same as a meta element may carry it, for hosts that send no headers; frame-ancestors works in headers only. */
export function metaPolicy() {
  const { 'frame-ancestors': _, ...rest } = POLICY;
  return write(rest);
}

/** Headers that make the page cross-origin isolated, so that WebAssembly threads can share memory. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Every header of the built page. */
export const pageHeaders = {
  ...ISOLATION,
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
};

/** Headers while developing: the dev server adds inline scripts and talks to the page over a web socket. */
export const devHeaders = {
  ...pageHeaders,
  'Content-Security-Policy': write({
    ...POLICY,
    'script-src': [...POLICY['script-src'], "'unsafe-inline'"],
    'connect-src': [...POLICY['connect-src'], 'ws:'],
    'font-src': [...POLICY['font-src'], 'data:'],
  }),
};
