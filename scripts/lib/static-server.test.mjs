/** @file The static server: what it serves, with which headers, and what it refuses. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metaPolicy } from './headers.mjs';
import { resolvePath, serveFolder } from './static-server.mjs';

const parent = realpathSync(mkdtempSync(join(tmpdir(), 'served-')));
const folder = join(parent, 'dist');
let server;
let port;

/** A raw request: unlike fetch it does not tidy the path. */
const get = (path, { method = 'GET', headers = {} } = {}) =>
  new Promise((done, fail) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        done({ status: response.statusCode, headers: response.headers, body: chunks.join('') }),
      );
    });
    request.on('error', fail).end();
  });

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<p>page</p>');
  writeFileSync(join(folder, 'assets/a-1234.wasm'), 'wasm');
  writeFileSync(join(folder, 'cells 1.h5ad'), 'cells');
  writeFileSync(join(parent, 'secret.txt'), 'secret');
  ({ server, port } = await serveFolder(folder));
});

afterAll(() => {
  server.close();
  rmSync(parent, { recursive: true });
});

describe('the static server', () => {
  it('serves the page with isolation and a policy that names no other host', async () => {
    const { status, headers, body } = await get('/');
    expect([status, body]).toEqual([200, '<p>page</p>']);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-cache');
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|\*|'unsafe-eval'/);
  });

  it('knows types, and lets hashed assets be kept for ever', async () => {
    const wasm = await get('/assets/a-1234.wasm');
    expect(wasm.headers['content-type']).toBe('application/wasm');
    expect(wasm.headers['cache-control']).toContain('immutable');
    const cells = await get('/cells%201.h5ad');
    expect(cells.headers['content-type']).toBe('application/octet-stream');
    expect(cells.body).toBe('cells');
  });

  it('answers 304 to a known version and sends no body for HEAD', async () => {
    const first = await get('/', { method: 'HEAD' });
    expect([first.status, first.body, first.headers['content-length']]).toEqual([200, '', '11']);
    const again = await get('/', { headers: { 'If-None-Match': first.headers.etag } });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
  ])('does not leave its folder: %s', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).not.toContain('secret');
  });

  it('refuses malformed paths, folders, missing files and other methods', async () => {
    expect((await get('/%zz')).status).toBe(400);
    expect((await get('/a%00b')).status).toBe(400);
    expect((await get('/assets')).status).toBe(404);
    expect((await get('/none.js')).status).toBe(404);
    expect((await get('/', { method: 'POST' })).status).toBe(405);
  });

  it('says that a wanted port is taken, and otherwise goes on to the next', async () => {
    await expect(serveFolder(folder, { port })).rejects.toThrow(`Port ${port} is taken.`);
    const other = await serveFolder(folder);
    expect(other.port).toBeGreaterThan(port);
    other.server.close();
  });

  it('resolves a path within the folder only', () => {
    expect(resolvePath('/srv/dist', '/a/b.js?v=1')).toBe('/srv/dist/a/b.js');
    expect(resolvePath('/srv/dist', '/a/')).toBe('/srv/dist/a/index.html');
    expect(resolvePath('/srv/dist', '/..%2fdist-old/x')).toBeNull();
  });
});

it('keeps frame-ancestors out of the meta element, where it has no meaning', () => {
  expect(metaPolicy()).not.toContain('frame-ancestors');
  expect(metaPolicy()).toContain("connect-src 'self'");
});
