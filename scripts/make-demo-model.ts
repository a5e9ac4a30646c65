/** @file Trains the model that the page opens with on the embedded demo cells: `npm run make-demo-model`. */
import { join } from 'node:path';
import { main } from '../cli/main.ts';

const demo = join(import.meta.dirname, '../public/demo');
const order = [
  'train',
  join(demo, 'blood-700.h5ad'),
  '--attributes',
  'bulk_labels,phase',
  '--held-out',
  '0.2',
  '--seed',
  '0',
  '--out',
  join(demo, 'blood-700.cellsmith'),
];
process.exit(await main(order));
