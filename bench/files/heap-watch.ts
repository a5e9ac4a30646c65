/** @file Used JavaScript memory of a page and its workers while something runs. */
import type { CDPSession, Page } from '@playwright/test';

interface Usage {
  readonly usedSize: number;
  readonly backingStorageSize?: number;
}

/** What was used at the moment when most was. */
export interface HeapPeak {
  readonly peakHeapMb: number;
  readonly megabytes: Readonly<Record<string, number>>;
}

const bytesOf = ({ usedSize, backingStorageSize = 0 }: Usage): number =>
  usedSize + backingStorageSize;

/** Looks three times a second. */
export class HeapWatch {
  private readonly workers: string[] = [];
  private messageId = 0;
  private peak = 0;
  private most: Record<string, number> = {};
  private watching = false;
  private watched: Promise<void> = Promise.resolve();

  private constructor(private readonly session: CDPSession) {}

  /** Hears of the workers that the page will start: call it before the page is opened. */
  static async on(page: Page): Promise<HeapWatch> {
    const session = await page.context().newCDPSession(page);
    const watch = new HeapWatch(session);
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker') watch.workers.push(sessionId);
    });
    await session.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: false,
    });
    return watch;
  }

  start(): void {
    this.watching = true;
    this.watched = this.watch();
  }

  async stop(): Promise<HeapPeak> {
    this.watching = false;
    await this.watched;
    const megabytes = Object.fromEntries(
      Object.entries(this.most).map(([name, bytes]) => [name, Math.round(bytes / 1e6)]),
    );
    return { peakHeapMb: Math.round(this.peak / 1e6), megabytes };
  }

  private async watch(): Promise<void> {
    while (this.watching) {
      const used = await this.used().catch(() => ({}));
      const sum = Object.values(used).reduce((a, b) => a + b, 0);
      if (sum > this.peak) [this.peak, this.most] = [sum, used];
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  /** Bytes of the page and of each worker. */
  private async used(): Promise<Record<string, number>> {
    const used: Record<string, number> = {};
    used['page'] = bytesOf((await this.session.send('Runtime.getHeapUsage')) as Usage);
    for (const [index, worker] of this.workers.entries()) {
      const answer = await this.inWorker(worker, 'Runtime.getHeapUsage');
      if (answer) used[`worker ${index}`] = bytesOf(answer);
    }
    return used;
  }

  /** Sends a command to a worker's own session. */
  private inWorker(sessionId: string, method: string): Promise<Usage | null> {
    const id = ++this.messageId;
    return new Promise((resolve) => {
      const listen = (event: { sessionId: string; message: string }): void => {
        const message = JSON.parse(event.message) as { id?: number; result?: Usage };
        if (event.sessionId !== sessionId || message.id !== id) return;
        this.session.off('Target.receivedMessageFromTarget', listen);
        resolve(message.result ?? null);
      };
      this.session.on('Target.receivedMessageFromTarget', listen);
      const order = { sessionId, message: JSON.stringify({ id, method }) };
      // The worker may have ended meanwhile.
      this.session.send('Target.sendMessageToTarget', order).catch(() => resolve(null));
      setTimeout(() => resolve(null), 5000);
    });
  }
}
