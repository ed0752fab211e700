import { ConfigModule, registerAs, type ConfigFactory, type ConfigFactoryKeyHost } from '@nestjs/config';
import type { DynamicModule } from '@nestjs/common';
import { z } from 'zod';
import { AppError } from '../errors/app-error';

type Environment = Readonly<Record<string, string | undefined>>;

/** One library's settings: a Nest provider (inject `slice.KEY`) and a plain reader for processes without a container. */
export type ConfigSlice<T extends object> = ConfigFactory<T> &
  ConfigFactoryKeyHost<T> & {
    /** Parses the slice out of an environment. @throws {ConfigInvalidError} naming every bad variable at once. */
    read(env?: Environment): T;
    /** `NAME: reason` for every bad variable; empty when the slice parses. */
    faults(env: Environment): string[];
  };

/** A slice whose contents do not matter to who holds it. */
type AnySlice = Pick<ConfigSlice<object>, 'faults'> & ConfigFactory;

/** Settings of which at least one is bad. Names the variables, never their values. */
export class ConfigInvalidError extends AppError {
  readonly code = 'config-invalid';
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is not usable; correct these environment variables:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/**
 * Declares a library's settings. The schema's keys are environment variables; a variable set to the empty text counts
 * as unset. Only code made by this function reads the environment.
 */
export function defineConfig<S extends z.ZodType, T extends object>(name: string, schema: S, map: (env: z.output<S>) => T): ConfigSlice<T> {
  const parse = (env: Environment) => schema.safeParse(withoutEmpty(env));
  const faults = (env: Environment): string[] => {
    const result = parse(env);
    return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join('.') || name}: ${reason(issue)}`);
  };
  const read = (env: Environment = process.env): T => {
    const result = parse(env);
    if (!result.success) throw new ConfigInvalidError(faults(env));
    return map(result.data);
  };
  return Object.assign(
    registerAs(name, () => read()),
    { read, faults },
  );
}

/** Loads every slice of a process; `.env` in the working directory fills what the environment leaves unset. */
export function configModule(slices: readonly AnySlice[]): Promise<DynamicModule> {
  return ConfigModule.forRoot({
    isGlobal: true,
    cache: true,
    load: [...slices],
    validate: (env: Record<string, unknown>) => {
      const faults = slices.flatMap((slice) => slice.faults(env as Environment));
      if (faults.length > 0) throw new ConfigInvalidError([...new Set(faults)].sort());
      return env;
    },
  });
}

const withoutEmpty = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));

/** Zod texts say what was expected; a variable that is absent is simply required. */
const reason = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_type' && issue.message.includes('received undefined') ? 'required' : issue.message;
