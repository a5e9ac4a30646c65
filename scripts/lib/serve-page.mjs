/** @file What start and serve share: the built page on a port, and failures as one line. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dist } from './build.mjs';
import { serveFolder } from './static-server.mjs';

function readPort(text) {
  if (text === undefined || text === '') return null;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new Error(`"${text}" is not a port. A port is a whole number from 1 to 65535.`);
}

/** Serves dist/ until the process ends, and says where. */
export async function serve() {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, host: { type: 'string', default: '127.0.0.1' } },
  });
  if (!existsSync(join(dist, 'index.html'))) {
    throw new Error('There is no built page yet. "npm start" builds it and serves it.');
  }
  const host = values.host;
  const { server, port } = await serveFolder(dist, {
    port: readPort(values.port ?? process.env.PORT),
    host,
  });
  const shown = host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host;
  console.log(`\n  Cellsmith is ready: http://${shown}:${port}/\n  Stop it with Ctrl+C.\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      server.closeAllConnections();
      server.close(() => process.exit(0));
    });
  }
}

/** Runs a command's main function; a failure is one line on standard error and exit status 1. */
export async function main(run) {
  try {
    await run();
  } catch (error) {
    console.error(`Cellsmith could not start. ${error.message}`);
    process.exitCode = 1;
  }
}
