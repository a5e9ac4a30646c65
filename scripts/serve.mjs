/** @file Serves the built page: node scripts/serve.mjs [--port N] [--host ADDRESS]. */
import { main, serve } from './lib/serve-page.mjs';

await main(serve);
