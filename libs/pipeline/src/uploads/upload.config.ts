import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig, flag, integer } from '@app/platform';
import { DEFAULT_FINDING_LIMIT, DEFAULT_VALUE_OPTIONS } from '@app/validation';
import { z } from 'zod';

const GIB = 1024 ** 3;

/** What people may upload into tables, and how it is checked. */
export const uploadConfig = defineConfig(
  'upload',
  z.object({
    UPLOAD_MAX_BYTES: integer({ min: 1 }).default(GIB),
    UPLOAD_SPOOL_DIR: z.string().default(join(tmpdir(), 'tributary-uploads')),
    UPLOAD_NULL_TOKENS: flag().default(DEFAULT_VALUE_OPTIONS.nullTokensInText),
    UPLOAD_ISO_DATES: flag().default(DEFAULT_VALUE_OPTIONS.isoDates),
    UPLOAD_NEGATIVE_INTEGERS: flag().default(DEFAULT_VALUE_OPTIONS.negativeIntegers),
    VALIDATION_RULES_PATH: z.string().optional(),
    VALIDATION_MAX_FINDINGS: integer({ min: 1 }).default(DEFAULT_FINDING_LIMIT),
  }),
  (env) => ({
    maxBytes: env.UPLOAD_MAX_BYTES,
    spoolDirectory: env.UPLOAD_SPOOL_DIR,
    values: { nullTokensInText: env.UPLOAD_NULL_TOKENS, isoDates: env.UPLOAD_ISO_DATES, negativeIntegers: env.UPLOAD_NEGATIVE_INTEGERS },
    rulesPath: env.VALIDATION_RULES_PATH ?? null,
    findingLimit: env.VALIDATION_MAX_FINDINGS,
  }),
);
