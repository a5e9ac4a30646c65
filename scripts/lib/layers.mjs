/** @file Which room of src/ may import which: one table, from which the lint rules are made. */

/** Room → rooms it may import, besides itself. Order: from the ground up, first the worker's side, then the page's. */
export const LAYERS = {
  numerics: [],
  protocol: ['numerics'],
  data: ['numerics', 'protocol'],
  engine: ['numerics', 'protocol'],
  models: ['numerics', 'protocol', 'engine'],
  evaluation: ['numerics', 'protocol', 'data', 'engine', 'models', 'maps'],
  maps: ['numerics', 'protocol', 'data', 'engine', 'models'],
  tasks: ['numerics', 'protocol', 'data', 'engine', 'models', 'evaluation', 'maps'],
  clients: ['numerics', 'protocol'],
  state: ['numerics', 'protocol', 'clients'],
  ui: ['numerics', 'protocol', 'clients', 'state'],
  app: ['numerics', 'protocol', 'clients', 'state', 'ui'],
};

/** Rooms of the page's side: from numerics they take types only, and never a tensor. */
export const PAGE = ['clients', 'state', 'ui', 'app'];

/** Rooms that may import @tensorflow packages. */
export const TENSORS = ['engine', 'models'];

/** What stands outside src/ → the rooms it may import. */
export const OUTSIDE = {
  workers: ['numerics', 'protocol', 'data', 'engine', 'models', 'evaluation', 'maps', 'tasks'],
  cli: ['numerics', 'protocol', 'data', 'models', 'evaluation', 'tasks'],
};

/** The table as zones of import-x/no-restricted-paths. */
export function layerZones() {
  const zone = (target, name, allowed, itself) => ({
    target,
    from: './src',
    except: [...allowed, ...itself].map((room) => `./${room}`),
    message: `${name} may import ${allowed.join(', ') || 'nothing'} (scripts/lib/layers.mjs).`,
  });
  return [
    ...Object.entries(LAYERS).map(([room, below]) => zone(`./src/${room}`, room, below, [room])),
    ...Object.entries(OUTSIDE).map(([folder, rooms]) => zone(`./${folder}`, folder, rooms, [])),
    ...['workers', 'cli', 'e2e', 'bench', 'scripts'].map((folder) => ({
      target: './src',
      from: `./${folder}`,
      message: `src does not import ${folder}.`,
    })),
  ];
}
