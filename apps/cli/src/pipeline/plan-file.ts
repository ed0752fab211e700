import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { parse } from 'yaml';
import { CommandFailedError } from '../command-failed.error';

type Fields = Readonly<Record<string, unknown>>;

/** Rows pass as they are where a plan says nothing of a transform. */
export const NO_TRANSFORM = { type: 'none' };

/** A pipeline out of a file, with the files that its transforms name, relative to it. @throws {CommandFailedError} */
export async function readPlan(path: string): Promise<unknown> {
  const plan = await readDocument(path);
  if (!isFields(plan)) return plan;
  const { transformation = NO_TRANSFORM } = plan;
  const inlined = async (step: unknown) =>
    isFields(step) ? { ...step, config: await transformConfig(step.type, step.config, dirname(path)) } : step;
  return {
    ...plan,
    transformation: Array.isArray(transformation) ? await Promise.all(transformation.map(inlined)) : await inlined(transformation),
  };
}

/** The settings of a transform; where they name the file of its steps, `{config: <path>}`, with those instead, since servers read no files. */
export async function transformConfig(type: unknown, config: unknown, folder: string): Promise<unknown> {
  if (type !== 'config' || !isFields(config) || typeof config.config !== 'string') return config;
  return { ...config, config: await readDocument(resolve(folder, config.config)) };
}

async function readDocument(path: string): Promise<unknown> {
  const suffix = extname(path).toLowerCase();
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandFailedError(`Config file not found: ${path}`);
  });
  if (suffix !== '.json' && suffix !== '.yaml' && suffix !== '.yml')
    throw new CommandFailedError(`Unsupported config file format: ${suffix}`);
  try {
    return suffix === '.json' ? (JSON.parse(text) as unknown) : (parse(text) as unknown);
  } catch {
    throw new CommandFailedError(`Config file is not readable as ${suffix.slice(1)}: ${path}`);
  }
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
