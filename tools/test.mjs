// `npm test`: everything that has to hold before a change lands, on private services. `-- --only unit,types [paths]` for a part of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuild, ensureDependencies, startServices } from './dev-services.mjs';
import { capture, interruption, stream } from './services/process.mjs';
import { describeFailures, readReport } from './test-report.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const log = (line) => process.stdout.write(`${line}\n`);
const signal = interruption();
const reports = mkdtempSync(join(tmpdir(), 'tributary-test-'));

// Whoever runs us may have a limit of its own, and would then end us before we said what failed.
const { TEST_LIMIT_S = '1140' } = process.env;
const endsAt = Date.now() + Number(TEST_LIMIT_S) * 1000;
// A test that leaves something open keeps Jest from ending; nobody waits for it longer than this.
const STEP_LIMIT_MS = 14 * 60_000;
// What is left for the steps that come after one that does not end.
const LEAST_STEP_MS = 60_000;

const STEPS = [
  { name: 'lint', run: () => check('npm', ['run', '--silent', 'lint']) },
  { name: 'types', run: () => check('npm', ['run', '--silent', 'typecheck']) },
  { name: 'unit', run: ({ paths }) => jest('unit', paths, ['--maxWorkers=2']) },
  { name: 'integration', needs: 'services', run: ({ paths, env }) => jest('integration', paths, ['--maxWorkers=2'], env) },
  { name: 'e2e', needs: 'services', run: endToEnd },
];

async function main() {
  const { values, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true });
  const steps = chosenSteps(values.only);
  await ensureDependencies(root, { log, signal });
  const services = steps.some(({ needs }) => needs === 'services')
    ? await startServices({ root, log, profile: 'test', durable: false })
    : undefined;
  const env = { ...process.env, ...(services && { TEST_DATABASE_URL: services.databaseUrl, TEST_REDIS_URL: services.redisUrl }) };
  const results = [];
  try {
    for (const step of steps) {
      log(`\n=== ${step.name} ===`);
      const startedAt = Date.now();
      const counts = await step.run({ paths: positionals, env });
      results.push({ name: step.name, seconds: Math.round((Date.now() - startedAt) / 1000), ...counts });
    }
  } finally {
    await services?.stop();
    rmSync(reports, { recursive: true, force: true });
  }
  return summarise(results);
}

function chosenSteps(only) {
  if (only === undefined) return STEPS;
  const names = only.split(',');
  const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
  if (unknown.length > 0) throw new Error(`--only knows ${STEPS.map(({ name }) => name).join(', ')}, not ${unknown.join(', ')}`);
  return STEPS.filter(({ name }) => names.includes(name));
}

// A gate is no test: it adds to the failures when it finds something, and nothing when it does not.
async function check(file, args) {
  const { code, stdout, stderr } = await capture(file, args, { cwd: root, signal });
  signal.throwIfAborted();
  const message = `${stdout}${stderr}`.trim();
  if (message !== '') log(message);
  return { passed: 0, skipped: 0, failures: code === 0 ? [] : [{ file: args.at(-1), name: 'found something', message }] };
}

// End-to-end tests start the built processes, one file at a time because they share the machine's two cores.
async function endToEnd({ paths, env }) {
  try {
    await ensureBuild(root, { log, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    log(error.message);
    return { passed: 0, skipped: 0, failures: [{ file: 'e2e', name: 'build', message: error.message }] };
  }
  return jest('e2e', paths, ['--runInBand'], env);
}

async function jest(project, paths, options, env = process.env) {
  const report = join(reports, project);
  const limitMs = Math.max(Math.min(STEP_LIMIT_MS, endsAt - Date.now()), LEAST_STEP_MS);
  const reporters = ['--reporters=default', `--reporters=${join(root, 'tools/jest-reporter.mjs')}`];
  const args = ['--selectProjects', project, '--ci', '--passWithNoTests', ...reporters, ...options, ...paths];
  const fault = await stream(process.execPath, ['node_modules/jest/bin/jest.js', ...args], {
    cwd: root,
    env: { ...env, TEST_REPORT: report },
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    detached: true,
    // What the tests themselves print is of no use here; the runner writes to standard error.
    stdio: ['ignore', 'ignore', 'inherit'],
  }).then(
    (code) => (code === 0 ? null : `the test runner ended with status ${code}`),
    (error) => {
      if (signal.aborted || error.name !== 'AbortError') throw error;
      return `ended after ${Math.round(limitMs / 1000)} s; some test takes too long, or leaves a connection, timer or process open`;
    },
  );
  const found = readReport(report);
  // A run may fail for a reason that no test carries, such as a file that does not compile.
  if (fault === null || found.failures.length > 0) return found;
  return { ...found, failures: [{ file: project, name: 'the run', message: fault }] };
}

function summarise(results) {
  log('\n=== summary ===');
  const describe = ({ passed, failures, skipped }) => `${passed} passed, ${failures.length} failed, ${skipped} skipped`;
  for (const { name, seconds, ...counts } of results) {
    const isGate = name === 'lint' || name === 'types';
    log(`${name.padEnd(12)} ${isGate ? (counts.failures.length === 0 ? 'clean' : 'failed') : describe(counts)} (${seconds} s)`);
  }
  const sum = (key) => results.reduce((total, counts) => total + counts[key], 0);
  const failures = results.flatMap((counts) => counts.failures);
  if (failures.length > 0) log(['', '=== failures ===', ...describeFailures(failures), ''].join('\n'));
  log(describe({ passed: sum('passed'), failures, skipped: sum('skipped') }));
  return failures.length === 0 ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = signal.aborted ? 130 : 1;
  },
);
