import { z } from 'zod';

/** Rows per batch where a reader works row by row, and of {@link queryBatches}. */
export const DEFAULT_QUERY_BATCH_ROWS = 10_000;
/** A statement that runs longer is stopped by the server; reading a part is one statement. */
export const DEFAULT_STATEMENT_TIMEOUT_SECONDS = 3_600;
/** Values of an integer key that one part covers, so at most as many rows when the key is unique. */
export const DEFAULT_PARTITION_KEYS = 100_000;
/** Ranges of a key that is not an integer, unless a count or size is given. */
export const DEFAULT_PARTITION_COUNT = 16;
/** Key ranges read at once: one under way, one ahead. */
export const DEFAULT_READERS = 2;
/** How long an incremental run waits for the transactions that were open when it looked. */
export const DEFAULT_SETTLE_SECONDS = 30;

/** A column as the query names it. */
const column = z.string().min(1).max(128);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], 'must be text, a number, true, false or null');
const parameter = z.union([scalar, z.array(scalar)], 'must be text, a number, true, false, null or a list of those');

/** Rows are known by these columns of the query. */
export const deletesSchema = z.strictObject({ key: z.array(column).min(1) });

/** Settings of the `database` source. */
export const databaseSourceConfigSchema = z.strictObject({
  /** Name of a configured connection. Whoever opens the source resolves it into `url`. */
  connection: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be the name of a configured connection: letters, digits and _')
    .optional(),
  /** `dialect[+driver]://user:password@host:port/database?options`. Secret. */
  url: z.string().min(1).optional(),
  /** One SELECT. `:name` stands for a parameter. */
  query: z.string().refine((text) => text.trim() !== '', 'must not be empty'),
  /** Values of the query's parameters; those that the query does not name are ignored. */
  parameters: z
    .record(z.string(), parameter)
    .nullish()
    .transform((values) => values ?? {}),
  batchSize: z
    .int()
    .min(0)
    .nullish()
    .transform((rows) => rows || DEFAULT_QUERY_BATCH_ROWS),
  /** Cuts the result into parts by ranges of a column of the query: an integer, or a timestamp. */
  partition: z
    .strictObject({
      column,
      /** Into so many ranges of equal width. */
      count: z.int().positive().max(10_000).optional(),
      /** Or into ranges of this width: values of an integer, seconds of a timestamp. */
      size: z.int().positive().optional(),
    })
    .refine(({ count, size }) => count === undefined || size === undefined, 'takes a count or a size, not both')
    .optional(),
  /** Reads only what came after the last published run, by a column whose values only grow. */
  incremental: z
    .strictObject({
      column,
      /** Reads this much again before the watermark: seconds of a timestamp, units of an integer. Meant for upserts. */
      lag: z.number().positive().optional(),
      /** Where the first run begins, inclusive, as the database writes it. Null or absent: at the beginning. */
      initial: z.union([z.string().min(1), z.int()]).nullish(),
      settleSeconds: z.int().min(0).max(600).default(DEFAULT_SETTLE_SECONDS),
    })
    .optional(),
  /** Yields the keys of all rows that exist, so that rows which were deleted can be told. */
  deletes: deletesSchema.optional(),
  /** Key ranges read at once, from one snapshot, where the database can share one. */
  readers: z.int().min(1).max(8).default(DEFAULT_READERS),
  statementTimeoutSeconds: z.int().positive().max(86_400).default(DEFAULT_STATEMENT_TIMEOUT_SECONDS),
});

/** Parsed settings of the `database` source. Holds the URL with its password: never log it. */
export type DatabaseSourceConfig = z.output<typeof databaseSourceConfigSchema>;

/** A value that a query parameter may take. */
export type ParameterValue = DatabaseSourceConfig['parameters'][string];
