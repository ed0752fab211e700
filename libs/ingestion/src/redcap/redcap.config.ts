import { z } from 'zod';

/** The record id field the mapping pipeline was written for; its ids have to be integers. */
export const DEFAULT_RECORD_ID_FIELD = 'proposal_id';
/** Records per request. */
export const DEFAULT_BATCH_SIZE = 10;
/** Requests one run keeps under way. */
export const DEFAULT_CONCURRENCY = 4;
/** Requests all runs of one process keep under way at one REDCap host. */
export const DEFAULT_HOST_CONCURRENCY = 8;
/** The longest silence of the server before a request counts as lost. */
export const DEFAULT_TIMEOUT_MS = 120_000;
/** Tries per request, the first included. */
export const DEFAULT_ATTEMPTS = 5;
export const DEFAULT_BACKOFF_BASE_MS = 500;
/** PHP drops form fields beyond 1000 by default (`max_input_vars`) without a word; this stays well below. */
export const DEFAULT_MAX_FIELDS_PER_REQUEST = 500;
/** One answer, held in memory; with `concurrency` answers at a time. */
export const MAX_RESPONSE_BYTES = 256 * 1024 ** 2;

const fieldName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a REDCap field name');
const count = (initial: number) => z.int().positive().default(initial);

/** Settings of the `redcap` source. The pipeline layer fills in what the environment gives. */
export const redcapConfigSchema = z
  .strictObject({
    /** The project's API address, for example `https://redcap.example.org/api/`. Needed when anything is downloaded. */
    url: z
      .url({ protocol: /^https?$/ })
      .refine((url) => new URL(url).username === '' && new URL(url).password === '', 'must not hold a user name or password')
      .optional(),
    /** The project's API token. Secret. Needed when anything is downloaded. */
    token: z.string().trim().min(1).optional(),
    recordIdField: fieldName.default(DEFAULT_RECORD_ID_FIELD),
    batchSize: count(DEFAULT_BATCH_SIZE),
    /** Ask for these fields only, as far as the dictionary has them; checkbox fields by their base name. Absent: every field. */
    fields: z.array(fieldName).optional(),
    /** With `fields`: dictionary fields that begin with one of these are asked for too. */
    fieldPrefixes: z.array(z.string().min(1)).default([]),
    /** REDCap logic that further limits the records. */
    filterLogic: z.string().min(1).optional(),
    /** How a chunk names its records. `auto`: by a range where ids are integers, else one by one. `records`: always one by one. */
    selectBy: z.enum(['auto', 'records']).default('auto'),
    exportSurveyFields: z.boolean().default(false),
    exportDataAccessGroups: z.boolean().default(false),
    /** False reads `recordsFile`, a JSON array of flat records, in place of the server. */
    downloadRecords: z.boolean().default(true),
    recordsFile: z.string().min(1).optional(),
    /** False reads `dictionaryFile`, a JSON array of dictionary entries, in place of the server. */
    downloadDictionary: z.boolean().default(true),
    dictionaryFile: z.string().min(1).optional(),
    /** Accept a project without records. */
    allowEmpty: z.boolean().default(false),
    concurrency: count(DEFAULT_CONCURRENCY),
    hostConcurrency: count(DEFAULT_HOST_CONCURRENCY),
    /** Requests begun at the host in any 60 seconds; null sets no pace. */
    requestsPerMinute: z.int().positive().nullable().default(null),
    timeoutMs: count(DEFAULT_TIMEOUT_MS),
    attempts: count(DEFAULT_ATTEMPTS),
    backoffBaseMs: count(DEFAULT_BACKOFF_BASE_MS),
    /** Wider requests are split by fields and joined again; at least 2, the record id being in every piece. */
    maxFieldsPerRequest: z.int().min(2).default(DEFAULT_MAX_FIELDS_PER_REQUEST),
    maxResponseBytes: count(MAX_RESPONSE_BYTES),
  })
  .superRefine((config, context) => {
    const required: [boolean, 'url' | 'token' | 'recordsFile' | 'dictionaryFile', string][] = [
      [config.downloadRecords || config.downloadDictionary, 'url', 'is needed to download'],
      [config.downloadRecords || config.downloadDictionary, 'token', 'is needed to download'],
      [!config.downloadRecords, 'recordsFile', 'is needed when records are not downloaded'],
      [!config.downloadDictionary, 'dictionaryFile', 'is needed when the dictionary is not downloaded'],
    ];
    for (const [needed, key, message] of required) {
      if (needed && config[key] === undefined) context.addIssue({ code: 'custom', path: [key], message });
    }
  });

/** Parsed settings of the `redcap` source. Holds the token: never log it. */
export type RedcapConfig = z.output<typeof redcapConfigSchema>;
