import { defineConfig, flag, integer } from '@app/platform';
import { z } from 'zod';
import { isTimeZone } from '../schedules/cron-schedule';

const TIME_OF_DAY = /^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;

/** The environment of the old REDCap deployment; it alone runs the definition `redcap`. */
export const redcapSyncConfig = defineConfig(
  'redcapSync',
  z.object({
    REDCAP_URL_BASE: z.url('expected an http or https address').optional(),
    REDCAP_APPLICATION_TOKEN: z.string().optional(),
    BATCH_SIZE: integer({ min: 1 }).optional(),
    MAPPING_PATH: z.string().default('mapping.json'),
    AUXILIARY_PATH: z.string().optional(),
    FILTER_PATH: z.string().optional(),
    BLOCK_PATH: z.string().optional(),
    RELOAD_DATABASE: flag().default(true),
    DOWNLOAD_REDCAP_DATA: flag().default(true),
    DOWNLOAD_REDCAP_DATA_DICTIONARY: flag().default(true),
    DATA_INPUT_FILE_PATH: z.string().default('redcap_export.json'),
    DATA_DICTIONARY_INPUT_FILE_PATH: z.string().default('redcap_data_dictionary_export.json'),
    CREATE_TABLES: flag().default(false),
    INSERT_DATA: flag().default(false),
    INSERT_DATA_PATH: z.string().default('data/tables'),
    RELOAD_ONE_OFF: flag().default(false),
    RELOAD_SCHEDULE: flag().default(false),
    SCHEDULE_RUN_TIME: z.string().regex(TIME_OF_DAY, 'expected a time of day such as 02:30').default('00:00'),
    TZ: z.string().refine(isTimeZone, 'expected an IANA time zone such as America/New_York').optional(),
    POSTGRES_DUMP_PATH: z.string().optional(),
  }),
  (env) => ({
    createTables: env.CREATE_TABLES,
    /** Folder of table files to append at start; null when off. */
    insertFolder: env.INSERT_DATA ? env.INSERT_DATA_PATH : null,
    runAtStart: env.RELOAD_ONE_OFF,
    /** Folder beside whose dumps earlier data dictionaries are kept; null keeps them in the object store only. */
    dumpPath: env.POSTGRES_DUMP_PATH ?? null,
    /** Daily, as the old deployment had it; null when off. */
    schedule: env.RELOAD_SCHEDULE ? { cron: dailyCron(env.SCHEDULE_RUN_TIME), timeZone: env.TZ } : null,
    source: {
      url: env.REDCAP_URL_BASE,
      token: env.REDCAP_APPLICATION_TOKEN,
      batchSize: env.BATCH_SIZE,
      downloadRecords: env.RELOAD_DATABASE && env.DOWNLOAD_REDCAP_DATA,
      downloadDictionary: env.RELOAD_DATABASE && env.DOWNLOAD_REDCAP_DATA_DICTIONARY,
      recordsFile: env.DATA_INPUT_FILE_PATH,
      dictionaryFile: env.DATA_DICTIONARY_INPUT_FILE_PATH,
    },
    transform: {
      mappingPath: env.MAPPING_PATH,
      auxiliaryPath: env.AUXILIARY_PATH,
      filterPath: env.FILTER_PATH,
      blockPath: env.BLOCK_PATH,
    },
  }),
);

const dailyCron = (time: string): string => {
  const [hour = '0', minute = '0', second = '0'] = time.split(':');
  return [second, minute, hour, '*', '*', '*'].map((field) => (field === '*' ? field : String(Number(field)))).join(' ');
};
