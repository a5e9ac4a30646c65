/**
 * @file Script time per frame of the map with many cells, in Chromium (CELLSMITH_CHROMIUM): deck.gl's and ours, without WebGL calls (counted
 * apart) and without draw calls, which are the GPU's and are left out, so that a machine without one finishes its frames.
 *
 * npx tsx bench/maps/frames.ts [--real 500000] [--synthetic 50000] [--frames 60]
 */
import { chromium } from '@playwright/test';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vite';

const { values } = parseArgs({
  options: {
    real: { type: 'string', default: '500000' },
    synthetic: { type: 'string', default: '50000' },
    frames: { type: 'string', default: '60' },
  },
});

/** The page's program in one piece. */
async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    root: join(import.meta.dirname, '../..'),
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'esnext',
      rollupOptions: {
        input: join(import.meta.dirname, 'frame-page.ts'),
        output: { format: 'iife' },
      },
    },
  });
  const [{ output }] = (Array.isArray(built) ? built : [built]) as [{ output: { code?: string }[] }]; // prettier-ignore
  return output[0].code ?? '';
}

const code = await bundle();
const executablePath = process.env['CELLSMITH_CHROMIUM'];
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ['--no-sandbox', '--headless=new', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--enable-precise-memory-info', '--js-flags=--expose-gc', '--enable-unsafe-swiftshader', '--use-angle=swiftshader'], // prettier-ignore
});
try {
  const page = await browser.newPage({ viewport: { width: 740, height: 470 } });
  page.on('pageerror', (error) => console.error(error.message));
  await page.setContent(
    '<main><div id="host" style="position:relative;overflow:hidden;width:720px;height:450px"></div></main>',
  );
  await page.addScriptTag({ content: code });
  const result = await page.evaluate(
    ([real, synthetic, frames]) =>
      (window as unknown as { run: (...given: number[]) => Promise<object> }).run(
        real,
        synthetic,
        frames,
      ),
    [Number(values.real), Number(values.synthetic), Number(values.frames)] as const,
  );
  const load = Number(loadavg()[0].toFixed(1));
  console.log(JSON.stringify({ name: 'script time per frame, ms', ...values, ...result, load }));
} finally {
  await browser.close();
}
