import { accessLogReading } from './access-log.schema';
import type { DerivedColumn, DropConfig, DropMember, MemberReading } from './drop-config';
import type { ArchiveKeys, FileKeys, MemberKeys } from './drop-config.schema';
import { encodingName } from './encoding-name';
import { readingKeys } from './member.schema';
import { DEFAULT_NA_VALUES } from './na-values';

const DEFAULT_SCHEMA = 'public';

/** Whom the first generation made owner of the tables, and let read them. */
const FORMER_OWNER = 'microservice';
const FORMER_READERS = ['looker', 'datamodeling'];

/** Of the table that the first generation gave one more column, by its name. */
const ACTIVITY_TABLE = 'user_activity';
const ACTIVITY_GROUP: DerivedColumn = { column: 'group_name', from: 'memo', split: ' - ', index: 1 };

type Reading = Pick<
  MemberKeys,
  | 'format'
  | 'input_delim'
  | 'quote'
  | 'encoding'
  | 'strip_quotes'
  | 'no_header'
  | 'check_header'
  | 'header_only'
  | 'na_values'
  | 'null_marker'
  | 'blank_text'
  | 'empty_files_ok'
  | 'parser'
  | 'access_log_parse'
  | 'asset_scheme_and_authority'
>;

/** The keys of an archive's configuration; those of a file win over those of the whole. `delim` never had an effect here. */
export function archiveConfig(keys: ArchiveKeys): DropConfig {
  const members = Object.entries(keys.files).map(([name, file]) => member(name, file, { ...given(keys), ...given(file) }, 'load'));
  return {
    ...common(keys),
    mode: 'archive',
    schema: keys.schema,
    unknownMembers: keys.unknown_members,
    ignoreMembers: keys.ignore_members,
    flatten: keys.flatten,
    members,
  };
}

/** The table's name may bring its schema along. */
export function fileConfig(keys: FileKeys): DropConfig {
  const [, schema = DEFAULT_SCHEMA, table = keys.dbtable] = /^([^.]+)\.(.+)$/.exec(keys.dbtable) ?? [];
  const reading = { ...given(keys), input_delim: keys.input_delim ?? keys.delim };
  return {
    ...common(keys),
    mode: 'file',
    schema,
    unknownMembers: 'reject',
    ignoreMembers: [],
    flatten: false,
    members: [member('', { ...keys, dbtable: table, required: true }, reading, 'reject')],
  };
}

function common(
  keys: ArchiveKeys | FileKeys,
): Omit<DropConfig, 'mode' | 'schema' | 'unknownMembers' | 'ignoreMembers' | 'flatten' | 'members'> {
  const { kind, connection, iam_role: iamRole } = keys.target;
  const isRedshift = kind === 'redshift';
  return {
    bucket: keys.bucket,
    source: keys.source,
    destination: keys.destination,
    directory: keys.directory,
    doc: keys.doc,
    truncate: keys.truncate,
    fileLimit: keys.file_limit,
    stableSeconds: keys.stable_seconds,
    onBad: keys.on_bad,
    runAtomic: keys.run_atomic,
    timezone: keys.timezone,
    target: { kind, connection, iamRole },
    owner: keys.owner !== undefined ? keys.owner : isRedshift ? FORMER_OWNER : null,
    grants: keys.grants ?? (isRedshift ? FORMER_READERS.map((to) => ({ privilege: 'select', to })) : []),
    postSql: keys.post_sql ?? null,
    sqlFile: keys.ldb_sku ? (keys.sql_query ?? null) : null,
    limits: keys.limits,
  };
}

function member(name: string, keys: MemberKeys, reading: Reading, headerOnly: MemberReading['headerOnly']): DropMember {
  return {
    name,
    table: keys.dbtable,
    columns: keys.columns,
    required: keys.required,
    reading: {
      format: reading.format ?? null,
      delim: reading.input_delim ?? null,
      quote: reading.quote === undefined ? '"' : reading.quote,
      encoding: encodingName(reading.encoding ?? 'utf-8') ?? 'utf8',
      stripQuotes: reading.strip_quotes ?? false,
      hasHeader: !(reading.no_header ?? false),
      checkHeader: reading.check_header ?? false,
      headerOnly: reading.header_only ?? headerOnly,
      naValues: reading.na_values ?? DEFAULT_NA_VALUES,
      emptyOk: reading.empty_files_ok ?? false,
      accessLog: accessLogReading(reading),
    },
    shaping: {
      nullMarker: reading.null_marker === undefined ? '-' : reading.null_marker,
      blankText: reading.blank_text ?? 'empty',
      stringLimits: keys.column_string_limit,
      dropColumns: keys.drop_columns,
      addColumns: keys.add_columns,
      replacements: keys.replace_enabled ? keys.replace : [],
      dates: keys.dateformat,
      derive: keys.derive ?? formerlyDerived(keys),
      integers: keys.dtype_dic_ints,
      floats: keys.dtype_dic_floats,
      booleans: keys.dtype_dic_bools,
    },
  };
}

const formerlyDerived = ({ dbtable, columns }: MemberKeys): readonly DerivedColumn[] =>
  dbtable === ACTIVITY_TABLE && columns.includes('memo') && !columns.includes(ACTIVITY_GROUP.column) ? [ACTIVITY_GROUP] : [];

/** The reading keys that are there; an absent one must not hide that of the whole configuration. */
const given = (keys: Reading): Reading =>
  Object.fromEntries(Object.entries<unknown>(keys).filter(([key, value]) => key in readingKeys && value !== undefined));
