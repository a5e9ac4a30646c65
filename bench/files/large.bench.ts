/**
 * @file A file of 3 GB in Chromium: seconds to the first picture, and the memory of the page and its workers.
 *
 * npx tsx bench/files/make-large.ts --out FILE --cells 600000; npx tsx bench/files/large.bench.ts FILE [--url http://localhost:4817]
 * Start the page first (npm start). CELLSMITH_CHROMIUM names the browser. One JSON line per file.
 */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium, type CDPSession, type Page } from '@playwright/test';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'http://localhost:4817' },
    read: { type: 'string' },
    picture: { type: 'string' },
  },
});
const executablePath = process.env['CELLSMITH_CHROMIUM'];
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ['--no-sandbox', '--enable-unsafe-swiftshader', '--use-angle=swiftshader'],
});

/** Used JavaScript heap of the page and of each worker, bytes. */
async function heaps(
  session: CDPSession,
  workers: readonly string[],
): Promise<Record<string, number>> {
  const used: Record<string, number> = {};
  const page = (await session.send('Runtime.getHeapUsage')) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  used['page'] = page.usedSize + (page.backingStorageSize ?? 0);
  for (const [index, worker] of workers.entries()) {
    const answer = await inWorker(session, worker, 'Runtime.getHeapUsage');
    if (answer) used[`worker ${index}`] = answer.usedSize + (answer.backingStorageSize ?? 0);
  }
  return used;
}

let messageId = 0;

/** Sends a command to a worker's own session. */
function inWorker(
  session: CDPSession,
  sessionId: string,
  method: string,
): Promise<{ usedSize: number; backingStorageSize?: number } | null> {
  const id = ++messageId;
  return new Promise((resolve) => {
    const listen = (event: { sessionId: string; message: string }): void => {
      const message = JSON.parse(event.message) as { id?: number; result?: { usedSize: number } };
      if (event.sessionId !== sessionId || message.id !== id) return;
      session.off('Target.receivedMessageFromTarget', listen);
      resolve(message.result ?? null);
    };
    session.on('Target.receivedMessageFromTarget', listen);
    const order = { sessionId, message: JSON.stringify({ id, method }) };
    // The worker may have ended meanwhile.
    session.send('Target.sendMessageToTarget', order).catch(() => resolve(null));
    setTimeout(() => resolve(null), 5000);
  });
}

async function pictureShown(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      /[1-9][\d,]* real/.test(
        document.querySelector('[aria-label="Map"] [role="img"]')?.getAttribute('aria-label') ?? '',
      ),
    undefined,
    { timeout: 120_000, polling: 50 },
  );
}

async function measure(path: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const session = await page.context().newCDPSession(page);
  const workers: string[] = [];
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'worker') workers.push(sessionId);
  });
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  await page.goto(values.url);
  const status = page.getByRole('status', { name: 'Studio status' });
  await status.filter({ hasText: 'This is a demo' }).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(3000);
  let peak = 0;
  let most: Record<string, number> = {};
  let watching = true;
  const watch = (async () => {
    while (watching) {
      const used = await heaps(session, workers).catch(() => ({}));
      const sum = Object.values(used).reduce((a, b) => a + b, 0);
      if (sum > peak) [peak, most] = [sum, used];
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  })();
  const started = Date.now();
  await page.getByLabel('Open data file').setInputFiles(path);
  await page.getByRole('region', { name: 'How much to read' }).waitFor({ timeout: 120_000 });
  const asked = (Date.now() - started) / 1000;
  await pictureShown(page);
  const picture = (Date.now() - started) / 1000;
  await page.waitForTimeout(2000);
  if (values.picture) await page.screenshot({ path: values.picture });
  const text = await page.getByRole('region', { name: 'How much to read' }).innerText();
  let read: number | null = null;
  if (values.read) {
    const from = Date.now();
    await page.getByRole('button', { name: new RegExp(values.read) }).click();
    await status.filter({ hasText: 'Opened in' }).waitFor({ timeout: 600_000 });
    read = (Date.now() - from) / 1000;
    await page.waitForTimeout(1000);
    if (values.picture)
      await page.screenshot({ path: values.picture.replace('.png', '-read.png') });
  }
  watching = false;
  await watch;
  const megabytes = Object.fromEntries(
    Object.entries(most).map(([name, bytes]) => [name, Math.round(bytes / 1e6)]),
  );
  console.log(
    JSON.stringify({
      file: path,
      bytes: statSync(path).size,
      secondsToQuestion: asked,
      secondsToPicture: picture,
      secondsToRead: read,
      peakHeapMb: Math.round(peak / 1e6),
      megabytes,
      text,
    }),
  );
  await page.close();
}

try {
  for (const path of positionals) await measure(path);
} finally {
  await browser.close();
}
