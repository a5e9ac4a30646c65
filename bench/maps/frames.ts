/**
 * @file Script time per frame of the map with many cells, in Chromium (CELLSMITH_CHROMIUM). Drawing itself is the GPU's and is not counted.
 *
 * npx tsx bench/maps/frames.ts [--real 500000] [--synthetic 50000]
 */
import { chromium } from '@playwright/test';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createServer } from 'vite';

const { values } = parseArgs({
  options: {
    real: { type: 'string', default: '500000' },
    synthetic: { type: 'string', default: '50000' },
    frames: { type: 'string', default: '60' },
  },
});
const root = join(import.meta.dirname, '../..');
const server = await createServer({ root, logLevel: 'error', server: { port: 4871 } });
await server.listen();
const executablePath = process.env['CELLSMITH_CHROMIUM'];
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ['--no-sandbox', '--headless=new', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--enable-unsafe-swiftshader', '--use-angle=swiftshader'], // prettier-ignore
});
try {
  const page = await browser.newPage({ viewport: { width: 740, height: 470 } });
  page.on('pageerror', (error) => console.error(error.message));
  await page.goto('http://localhost:4871/bench/maps/frame.html');
  await page.waitForFunction(() => 'run' in window, undefined, { timeout: 120_000 });
  const result = await page.evaluate(
    ([real, synthetic, frames]) =>
      (window as unknown as { run: (...given: number[]) => Promise<object> }).run(
        real,
        synthetic,
        frames,
      ),
    [Number(values.real), Number(values.synthetic), Number(values.frames)] as const,
  );
  console.log(JSON.stringify({ name: 'script time per frame, ms', ...values, ...result, load: loadavg()[0] })); // prettier-ignore
} finally {
  await browser.close();
  await server.close();
}
