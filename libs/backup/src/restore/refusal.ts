import { RestoreRefusedError } from '../backup.errors';
import { ProgramFailedError } from '../postgres/program';

/** `psql`'s status when the connection was lost. */
const CONNECTION_LOST = 2;
/** SQLSTATE of errors that may pass (PostgreSQL appendix A): resources, deadlocks, locks, a server that stops. */
const MAY_PASS = /^(08|53|57P|40001|40P01|55P03)/;

const REASONS: Readonly<Record<string, string>> = {
  '28P01': 'the database did not accept the password',
  '42501': 'the database user lacks a right that it needs; it must own what is replaced',
  '42704': 'it names a role, type or setting that this server does not have; create it first',
  '42710': 'it holds something that exists outside of what a restore replaces',
  '42P07': 'it holds something that exists outside of what a restore replaces',
  '42601': 'it holds SQL that this server does not understand',
  '55P03': 'the tables stayed in use by others',
  '57014': 'the server cancelled it',
};

/** Why PostgreSQL took a restore back, as far as it can be said without quoting values. */
export function refusal(name: string, error: unknown): unknown {
  if (!(error instanceof ProgramFailedError)) return error;
  const [, code = ''] = /^(?:psql:[^:]*:\d+: )?(?:ERROR|FATAL):\s+([0-9A-Z]{5})\s*$/m.exec(error.complaint) ?? [];
  if (code !== '')
    return new RestoreRefusedError(name, `${REASONS[code] ?? 'PostgreSQL refused it'} (SQLSTATE ${code})`, MAY_PASS.test(code), error);
  if (error.exitCode === CONNECTION_LOST) return new RestoreRefusedError(name, 'the connection to the database was lost', true, error);
  return new RestoreRefusedError(name, `psql stopped (${error.message})`, false, error);
}
