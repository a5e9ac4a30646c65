/** @file End-to-end tests: the built page in a real Chromium, with software WebGL and no WebGPU, as on a plain machine. */
import { defineConfig } from '@playwright/test';

const port = Number(process.env['CELLSMITH_E2E_PORT'] ?? 4817);
const executablePath = process.env['CELLSMITH_CHROMIUM'];
const baseURL = `http://localhost:${port}`;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  reporter: 'list',
  use: {
    baseURL,
    viewport: { width: 1440, height: 900 },
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        '--no-sandbox',
        '--headless=new',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // deck.gl draws with WebGL2, which a machine without a GPU only has in software.
        '--enable-unsafe-swiftshader',
        '--use-angle=swiftshader',
      ],
    },
  },
  webServer: {
    // start builds the page first if it is missing or older than its sources
    command: `node scripts/start.mjs --port ${port}`,
    url: baseURL,
    timeout: 300_000,
  },
});
