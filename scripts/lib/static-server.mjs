/** @file A small static file server for the built page: right types, right headers, nothing else. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { pageHeaders } from './headers.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/** The content type of a file name; data files (h5ad, cellsmith, so …) are plain bytes. */
export function contentType(path) {
  return TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
}

/** The file behind a request path, or null if the path is malformed or leads out of the folder. */
export function resolvePath(root, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return null;
  }
  if (path.includes('\0')) return null;
  const file = normalize(join(root, path.endsWith('/') ? `${path}index.html` : path));
  return file.startsWith(root + sep) ? file : null;
}

/** Files whose name holds a hash of their content never change; all others are asked for again. */
const caching = (root, file) =>
  file.startsWith(join(root, 'assets') + sep) ? 'public, max-age=31536000, immutable' : 'no-cache';

async function answer(root, request, response) {
  const end = (status, text) =>
    response
      .writeHead(status, { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8' })
      .end(text);
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, 'Only GET and HEAD.');
  const file = resolvePath(root, request.url ?? '/');
  if (!file) return end(400, 'Malformed address.');
  const info = await stat(file).catch(() => null);
  if (!info?.isFile()) return end(404, 'No such file.');

  const etag = `"${info.size.toString(36)}-${Math.round(info.mtimeMs).toString(36)}"`;
  const headers = { ...pageHeaders, ETag: etag, 'Cache-Control': caching(root, file) };
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, headers).end();
  response.writeHead(200, {
    ...headers,
    'Content-Type': contentType(file),
    'Content-Length': info.size,
  });
  if (request.method === 'HEAD') return response.end();
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

const bind = (server, host, port) =>
  new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      done(server.address().port);
    });
  });

/**
 * Serves a folder. With `port` it takes that port or fails; without, the first free one from 5173 on.
 * Resolves to the server and its port once it listens.
 */
export async function serveFolder(root, { port = null, host = '127.0.0.1' } = {}) {
  const server = createServer((request, response) => {
    answer(root, request, response).catch(() => response.destroy());
  });
  const candidates = port === null ? Array.from({ length: 100 }, (_, i) => 5173 + i) : [port];
  for (const candidate of candidates) {
    try {
      return { server, port: await bind(server, host, candidate) };
    } catch (error) {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    }
  }
  throw new Error(
    port === null
      ? 'No free port from 5173 to 5272. Set PORT to a free one.'
      : `Port ${port} is taken. Stop the program that uses it, or set PORT to another.`,
  );
}
