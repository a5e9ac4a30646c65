/** @file Lint: the layers, the types, and the habits of this house. */
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import { house } from './scripts/lib/eslint-house.mjs';
import { familyZones, layerZones, LAYERS, PAGE, TENSORS } from './scripts/lib/layers.mjs';

const TESTS = ['**/*.test.ts', '**/*.test.tsx', 'src/**/testing/**'];
const NO_TENSORS = { group: ['@tensorflow/*'], message: 'Tensors stay in engine and models.' };
const restrict = (...patterns) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
});
const inRooms = (rooms) => rooms.map((room) => `src/${room}/**`);

export default defineConfig(
  globalIgnores([
    'dist/',
    '.cache/',
    'test-results/',
    'playwright-report/',
    'coverage/',
    'public/',
    // AssemblyScript: its own language, compiled by asc.
    'src/**/assembly/',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'import-x': importX, house },
    settings: {
      'import-x/extensions': ['.ts', '.tsx'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })],
    },
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        { basePath: import.meta.dirname, zones: layerZones() },
      ],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-self-import': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports' },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // tfjs' functions are generic in their result's rank, so a rank is stated by an assertion.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // A method of an interface may be async without awaiting in every implementation.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { attributes: false } },
      ],
      'max-lines': ['error', 400],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.property.name='dataSync']",
          message: 'dataSync blocks the thread and fails on WebGPU: await data().',
        },
        {
          selector: "MemberExpression[property.name='einsum']",
          message: 'tf.einsum materialises the full product and has no gradient: use matMul.',
        },
        {
          selector: "ImportSpecifier[imported.name='einsum']",
          message: 'tf.einsum materialises the full product and has no gradient: use matMul.',
        },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'house/file-idea': 'error',
      'house/file-name': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx', 'workers/**/*.ts', 'cli/**/*.ts'],
    ignores: TESTS,
    rules: {
      'house/export-doc': 'error',
      'import-x/no-default-export': 'error',
      'import-x/no-restricted-paths': [
        'error',
        { basePath: import.meta.dirname, zones: [...layerZones(), ...familyZones()] },
      ],
    },
  },
  {
    files: inRooms(Object.keys(LAYERS).filter((room) => !TENSORS.includes(room))),
    ignores: TESTS,
    rules: restrict(NO_TENSORS),
  },
  {
    files: inRooms(PAGE),
    ignores: TESTS,
    rules: restrict(NO_TENSORS, {
      group: ['**/numerics/**'],
      allowTypeImports: true,
      message: 'The page takes only types from numerics; computing belongs to a worker.',
    }),
  },
  {
    files: inRooms(['protocol']),
    ignores: TESTS,
    rules: restrict(
      { regex: '^(?!\\.|(zod|comlink)(/|$))', message: 'protocol imports only zod and comlink.' },
      {
        group: ['**/numerics/**'],
        allowTypeImports: true,
        message: 'protocol takes only types from numerics.',
      },
    ),
  },
  {
    files: inRooms(['numerics']),
    ignores: TESTS,
    rules: restrict({ regex: '^[^.]', message: 'numerics imports nothing.' }),
  },
  {
    files: ['src/ui/**', 'src/app/**'],
    extends: [reactHooks.configs.flat.recommended],
  },
  {
    // Fixtures are read as JSON and stubs stand in for clients; the assertions check the values.
    files: [...TESTS, 'e2e/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'house/file-idea': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    rules: { 'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }] },
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'URL',
          'fetch',
          'performance',
          'setTimeout',
          'clearTimeout',
          'Buffer',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);
