// Which part may import which. What is not listed is an error.
const FEATURES = ['ingestion', 'transform', 'validation', 'persistence', 'backup', 'dicom-export'];
const ALL = ['platform', 'jobs', ...FEATURES, 'pipeline'];
const MAY_IMPORT = {
  'libs/platform': [],
  'libs/jobs': ['platform'],
  ...Object.fromEntries(FEATURES.map((name) => [`libs/${name}`, ['platform', 'jobs']])),
  'libs/pipeline': ['platform', 'jobs', ...FEATURES],
  'libs/testing': ALL,
  'apps/(api|worker)': ALL,
  'apps/cli': ['platform', 'transform'],
  'apps/console': [],
};
// Adapters with one home each.
const HOMES = {
  jobs: '(bull|bullmq|ioredis|redlock)',
  transform: '@duckdb',
  '(persistence|ingestion)': 'pg-copy-streams',
  platform: '@aws-sdk',
};
const SPEC = '[.](spec|int-spec|e2e-spec)[.]ts$';
// Code that only tests run.
const TESTS = [SPEC, '^libs/testing/', '^libs/[^/]+/test/', '^test/', '^apps/[^/]+/e2e/'];
const rule = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    ...Object.entries(MAY_IMPORT).map(([part, libs]) =>
      rule(
        `layers: ${part}`,
        { path: `^${part}/`, pathNot: TESTS.filter((path) => path !== '^libs/testing/') },
        { path: '^libs/', pathNot: `^(${[part, ...libs.map((lib) => `libs/${lib}`)].join('|')})/` },
      ),
    ),
    ...Object.entries(HOMES).map(([lib, name]) =>
      rule(`home: ${lib}`, { path: '^(apps|libs)/', pathNot: [`^libs/${lib}/`, ...TESTS] }, { path: `node_modules/${name}/` }),
    ),
    rule('apps are islands', { path: '^apps/([^/]+)/' }, { path: '^apps/', pathNot: '^apps/$1/' }),
    rule('only tests import apps', { path: '^(libs|samples|bench)/' }, { path: '^apps/' }),
    rule(
      'front door only',
      { path: '^((?:apps|libs|samples|bench|test)/[^/]+)/' },
      { path: '^libs/[^/]+/src/', pathNot: ['^libs/[^/]+/src/index[.]ts$', '^$1/'] },
    ),
    rule(
      'front door only, of top-level files',
      { path: '^(samples|bench|test)/[^/]+$' },
      { path: '^libs/[^/]+/src/', pathNot: '/src/index[.]ts$' },
    ),
    rule('apps do not query', { path: '^apps/', pathNot: TESTS }, { path: 'node_modules/(typeorm|pg)/' }),
    // Types may refer to each other; code may not.
    rule('no cycles', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    rule('tests stay out', { pathNot: TESTS }, { path: ['^libs/testing/', '^test/', SPEC] }),
    rule('everything resolves', {}, { couldNotResolve: true }),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default'] },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
  },
};
