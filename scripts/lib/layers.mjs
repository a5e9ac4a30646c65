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

/** Kinds of models: a folder of models/ each. None knows another; what they share knows none but where they are gathered. */
const FAMILIES = ['cfgen', 'scldm', 'scdfm'];

/** Files of models/ in which the kinds are gathered. */
const GATHERING = ['registry', 'trained-model'];

/** The kinds of models as further zones of import-x/no-restricted-paths; tests may use a kind as an example. */
export function familyZones() {
  const folder = (family) => `./src/models/${family}`;
  const others = `./src/models/!(${[...FAMILIES, 'testing'].join('|')})/**`;
  const gathered = GATHERING.join('|');
  const outside = ['evaluation', 'maps', 'tasks'].map((room) => `./src/${room}`);
  return [
    ...FAMILIES.map((family) => ({
      target: folder(family),
      from: FAMILIES.filter((other) => other !== family).map(folder),
      message: `A kind of model imports no other: what ${family} shares stands beside it in src/models.`,
    })),
    {
      target: [others, `./src/models/!(${gathered}).ts`, ...outside, './workers', './cli'],
      from: FAMILIES.map(folder),
      message: `Kinds of models are met through src/models/registry.ts (scripts/lib/layers.mjs).`,
    },
  ];
}

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
