// `npm test`: everything that has to hold before a change lands, on private services. `-- --only unit,types [paths]` for a part of it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuild, ensureDependencies, startServices } from './dev-services.mjs';
import { interruption, stream } from './services/process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const log = (line) => process.stdout.write(`${line}\n`);
const signal = interruption();
const reports = mkdtempSync(join(tmpdir(), 'tributary-test-'));

// A test that leaves something open keeps Jest from ending; nobody waits for it longer than this.
const STEP_LIMIT_MS = 12 * 60_000;

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
  const code = await stream(file, args, { cwd: root, signal });
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

// End-to-end tests start the built processes, one file at a time because they share the machine's two cores.
async function endToEnd({ paths, env }) {
  try {
    await ensureBuild(root, { log, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    log(error.message);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  return jest('e2e', paths, ['--runInBand'], env);
}

async function jest(project, paths, options, env = process.env) {
  const report = join(reports, `${project}.json`);
  const args = ['--selectProjects', project, '--ci', '--passWithNoTests', '--json', `--outputFile=${report}`, ...options, ...paths];
  // With --json the report would also go to stdout; what a person reads goes to stderr.
  const code = await stream(process.execPath, ['node_modules/jest/bin/jest.js', ...args], {
    cwd: root,
    env,
    signal: AbortSignal.any([signal, AbortSignal.timeout(STEP_LIMIT_MS)]),
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  }).catch((error) => {
    if (signal.aborted || error.name !== 'AbortError') throw error;
    log(`${project}: ended after ${STEP_LIMIT_MS / 60_000} minutes; some test leaves a connection, timer or process open`);
    return 1;
  });
  const counts = readCounts(report);
  // A run may fail for a reason that no test carries, such as a file that does not compile.
  return { ...counts, failed: code === 0 ? counts.failed : Math.max(counts.failed, 1) };
}

function readCounts(report) {
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

function summarise(results) {
  log('\n=== summary ===');
  const describe = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
  for (const { name, seconds, ...counts } of results) {
    const isGate = name === 'lint' || name === 'types';
    log(`${name.padEnd(12)} ${isGate ? (counts.failed === 0 ? 'clean' : 'failed') : describe(counts)} (${seconds} s)`);
  }
  const sum = (key) => results.reduce((total, counts) => total + counts[key], 0);
  const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
  log(describe(total));
  return total.failed === 0 ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = signal.aborted ? 130 : 1;
  },
);
