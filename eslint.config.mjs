import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const MAX_FILE_LINES = 300;
const nodeGlobals = Object.fromEntries(
  [
    'AbortController',
    'AbortSignal',
    'Buffer',
    'URL',
    'clearInterval',
    'clearTimeout',
    'console',
    'fetch',
    'process',
    'setInterval',
    'setTimeout',
  ].map((name) => [name, 'readonly']),
);

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '.data/', 'coverage/', 'apps/console/'] },
  {
    // No comment in a file switches a rule off: an exception is argued here, where a reviewer sees it.
    linterOptions: { noInlineConfig: true },
    rules: { 'max-lines': ['warn', MAX_FILE_LINES], eqeqeq: ['error', 'always', { null: 'ignore' }], 'prefer-const': 'error' },
  },
  {
    files: ['{apps,libs,test,samples,bench}/**/*.ts'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Modules, controllers and DTOs of Nest are classes whose body may be empty.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // A DTO is a class for its decorators' sake; what fills one is a plain object of its shape.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // An interface may ask for a promise where one implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', { selector: 'ExportAllDeclaration', message: 'Name each export.' }],
    },
  },
  {
    files: ['{apps,libs}/**/*.ts'],
    ignores: ['**/config/**', 'libs/testing/**', '**/*spec.ts', '**/e2e/**'],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Only defineConfig reads the environment.' }],
    },
  },
  {
    files: ['**/*spec.ts', '**/e2e/**/*.ts', 'test/**/*.ts', 'libs/testing/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // Bodies of HTTP answers have no type of ours; what a test expects of them is the check.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  { files: ['**/*.mjs'], extends: [eslint.configs.recommended], languageOptions: { globals: nodeGlobals } },
  {
    files: ['**/*.cjs', '*.js'],
    extends: [eslint.configs.recommended],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', __dirname: 'readonly', process: 'readonly', jest: 'readonly' },
    },
  },
);
