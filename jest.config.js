const { existsSync } = require('node:fs');
const { join } = require('node:path');

const ROOTS = ['apps', 'libs', 'samples', 'bench', 'test'].filter((folder) => existsSync(join(__dirname, folder)));
const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

const project = (displayName, testRegex, testTimeoutMs) => ({
  displayName,
  rootDir: __dirname,
  roots: ROOTS.map((folder) => `<rootDir>/${folder}`),
  testEnvironment: 'node',
  testRegex,
  globals: { TEST_TIMEOUT_MS: testTimeoutMs },
  setupFilesAfterEnv: [join(__dirname, 'tools/jest-timeout.cjs')],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: { '^@app/([a-z-]+)$': '<rootDir>/libs/$1/src' },
});

// Times in ms, of a test or a hook; a passing one never waits for them. They are what a busy machine may take: a unit test does
// no I/O; an integration test talks to real servers, and its hook may load the whole API; an end-to-end test starts whole processes.
module.exports = {
  projects: [
    project('unit', ['\\.spec\\.ts$'], 20_000),
    project('integration', ['\\.int-spec\\.ts$'], 180_000),
    project('e2e', ['^.*/(?:apps/[^/]+/e2e|test)/.*\\.e2e-spec\\.ts$'], 180_000),
  ],
};
