import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { dropConfigSchema, hasCheckedCells, type DerivedColumn, type DropConfig, type DropMember } from '@app/platform';
import { z } from 'zod';
import type { FileRelation, Plan, PlanOutput, Relation } from '../plan';
import { quoteIdentifier, quoteLiteral } from '../sql-text';
import type { StreamInput, Transform, TransformContext } from '../transform';
import { dateSql } from './date-sql';
import { refuseRow, type Refusal } from './row-refusal';

/** As the source names them: what the drop held, the rows of a member, and where a row begins in its file. */
const DROP_STREAM = 'drop';
const memberStream = (index: number): string => `member-${index}`;
const LINE_COLUMN = 'source_line';
/** What the source knows of a part in which no cell is the marker. */
const UNMARKED = { hasMarker: false };

const recordSchema = z.object({
  name: z.string(),
  stream: z.string(),
  header: z.string().transform((text) => z.array(z.string()).nullable().parse(JSON.parse(text))),
});
type MemberRecord = z.output<typeof recordSchema>;

/**
 * Shapes the files of a drop into their tables, one for each file that was there. Every row stays a row and all cells are text,
 * which the target reads as its columns are: nothing is guessed. A cell that cannot be what the configuration says ends the load.
 */
export const dropTransform: Transform<DropConfig> = {
  kind: 'drop',
  configSchema: dropConfigSchema,
  compile: async (config, context) => planOf(config, context.streams, await recordsOf(context)),
  // What needs no look into the file itself: all members are there, and no cell is the marker or of a declared type.
  expect: ({ members, ...rest }, { streams }) => {
    if (members.some((member) => !member.required || hasCheckedCells(member))) return Promise.resolve(null);
    const inputs = members.map(({ columns }, index): StreamInput => {
      const stream = memberStream(index);
      return streams.get(stream) ?? { stream, files: [], columns, types: new Map() };
    });
    const records = members.map(({ name }, index) => ({ name, stream: memberStream(index), header: null }));
    return Promise.resolve(planOf({ members, ...rest }, new Map(inputs.map((input) => [input.stream, input])), records));
  },
  tables: (config) => {
    const parsed = dropConfigSchema.safeParse(config);
    return parsed.success ? parsed.data.members.map(({ table }) => `${parsed.data.schema}.${table}`) : undefined;
  },
};

function planOf({ members }: DropConfig, streams: TransformContext['streams'], records: readonly MemberRecord[]): Plan {
  const tables = members.flatMap((member, index) => {
    const input = streams.get(memberStream(index));
    const record = records.find(({ stream }) => stream === memberStream(index));
    return input && record ? [memberTable(member, index, input, record)] : [];
  });
  return {
    relations: tables.flatMap(({ relations }) => relations),
    outputs: tables.map(({ output }) => output),
    checks: [],
    issues: [],
    lineage: [],
    reports: {},
  };
}

async function recordsOf({ streams }: Pick<TransformContext, 'streams'>): Promise<MemberRecord[]> {
  const texts = await Promise.all((streams.get(DROP_STREAM)?.files ?? []).map(({ path }) => readFile(path, 'utf8')));
  const lines = texts.join('').split('\n');
  return lines.filter((line) => line !== '').map((line) => recordSchema.parse(JSON.parse(line)));
}

function memberTable(
  member: DropMember,
  index: number,
  input: StreamInput,
  record: MemberRecord,
): { relations: Relation[]; output: PlanOutput } {
  const isNumbered = input.columns.includes(LINE_COLUMN) && !isParquet(input);
  const names = isNumbered ? [...member.columns, LINE_COLUMN] : member.columns;
  const [first] = input.files;
  const files: FileRelation = {
    kind: 'files',
    name: `file_${index}`,
    origin: { stream: input.stream, facts: first ? first.facts : UNMARKED },
    files: input.files,
    columns: names.map((source, position) => ({ source, name: cellName(position), type: isBytes(input, source) ? 'bytes' : 'string' })),
  };
  const facts = { ...record, hasMarker: input.files.some((file) => !isDeepStrictEqual(file.facts, UNMARKED)) };
  const raws = member.columns.map((column, position) => rawSql(member, input, column, cellName(position)));
  const line = isNumbered ? cellName(member.columns.length) : null;
  const isBlank = member.shaping.blankText === 'empty';
  const shape = (cells: readonly Cell[]) => ({
    name: member.table,
    columns: cells.map(({ name }) => ({ name, type: 'string' as const })),
    blankIsNull: true as const,
  });
  const plain = cellsOf(member, raws, facts, line, 'null');
  const isUntouched = plain.length === names.length && plain.every(({ sql }, position) => sql === cellName(position));
  // The target fills blanks in while it copies; then the files need not be read here at all.
  if (isUntouched) {
    const table = { ...shape(plain), ...(isBlank && { nullIsBlank: true as const }) };
    return { relations: [files], output: { table, relation: files.name, streamed: files.name } };
  }
  const cells = cellsOf(member, raws, facts, line, isBlank ? "''" : 'null');
  const list = cells.map(({ name, sql }) => `${sql} as ${quoteIdentifier(name)}`).join(', ');
  const shaped: Relation = { kind: 'sql', name: `shaped_${index}`, sql: `select ${list} from ${files.name}` };
  return { relations: [files, shaped], output: { table: shape(cells), relation: shaped.name, streamed: files.name } };
}

const cellName = (position: number): string => `c${position}`;

const isParquet = ({ files }: StreamInput): boolean => files.some(({ format }) => format === 'parquet');

const isBytes = ({ types }: StreamInput, column: string): boolean => types.get(column) === 'bytes';

/** The text of a cell, null when it is missing. Which texts are missing the source knows only of what it reads itself. */
function rawSql({ reading }: DropMember, input: StreamInput, column: string, cell: string): string {
  if (!isParquet(input)) return cell;
  const text = isBytes(input, column) ? `('\\x' || lower(hex(${cell})))` : cell;
  const { naValues } = reading;
  return naValues.length === 0 ? text : `case when ${text} not in (${naValues.map(quoteLiteral).join(', ')}) then ${text} end`;
}

interface Cell {
  readonly name: string;
  readonly sql: string;
}

/** The columns of the table: those that are kept, those that are added, those that are derived. @param blank SQL of a missing cell */
function cellsOf(
  member: DropMember,
  raws: readonly string[],
  { name: file, header, hasMarker }: MemberRecord & { readonly hasMarker: boolean },
  line: string | null,
  blank: string,
): Cell[] {
  const { columns, shaping } = member;
  const orBlank = (raw: string, sql: string): string => (blank === 'null' ? sql : `case when ${raw} is null then ${blank} else ${sql} end`);
  const values = columns.map((column, position) => {
    const raw = raws[position] ?? 'null';
    const marked = shaping.nullMarker === null || !hasMarker ? raw : `nullif(${raw}, ${quoteLiteral(shaping.nullMarker)})`;
    const text = replaced(member, column, limited(member, column, marked));
    return { name: column, raw, text, sql: typed(member, column, header?.[position], text, { file, line }) };
  });
  const kept = values
    .filter(({ name }) => !shaping.dropColumns.includes(name))
    .map(({ name, raw, sql }) => ({ name, sql: orBlank(raw, sql) }));
  const added = Object.entries(shaping.addColumns).map(([name, value]) => ({ name, sql: constant(value) }));
  const derived = shaping.derive.map((derive) => ({ name: derive.column, sql: derivedSql(derive, values, blank) }));
  return [...kept, ...added, ...derived];
}

const constant = (value: string | null): string => (value === null ? 'cast(null as varchar)' : quoteLiteral(value));

function limited({ shaping }: DropMember, column: string, sql: string): string {
  const limit = shaping.stringLimits[column];
  return limit === undefined ? sql : `left(${sql}, ${limit})`;
}

const replaced = ({ shaping }: DropMember, column: string, sql: string): string =>
  shaping.replacements
    .filter(({ field }) => field === column)
    .reduce(
      (text, { old, new: by, regex }) =>
        regex
          ? `regexp_replace(${text}, ${quoteLiteral(old)}, ${quoteLiteral(by)}, 'g')`
          : `replace(${text}, ${quoteLiteral(old)}, ${quoteLiteral(by)})`,
      sql,
    );

/** Old configurations declare types by the names in the file's own header. */
function typed(
  { shaping }: DropMember,
  column: string,
  own: string | undefined,
  text: string,
  { file, line }: { file: string; line: string | null },
): string {
  const isDeclared = (names: readonly string[]): boolean => names.includes(column) || (own !== undefined && names.includes(own));
  const checked = (value: string, finding: Refusal['finding'], what: string): string =>
    `case when ${text} is null then null else coalesce(${value}, ${refuseRow({ finding, what, member: file, column }, line)}) end`;
  const date = shaping.dates.find(({ field }) => field === column);
  if (date) return checked(dateSql(text, date.format), 'BAD_DATE', 'the date is not written as configured');
  if (isDeclared(shaping.integers)) {
    const value = `case when regexp_full_match(trim(${text}), '[+-]?[0-9]+') then cast(try_cast(trim(${text}) as hugeint) as varchar) end`;
    return checked(value, 'BAD_VALUE', 'it is no whole number');
  }
  if (isDeclared(shaping.floats)) {
    const value = `case when try_cast(trim(${text}) as double) is not null then trim(${text}) end`;
    return checked(value, 'BAD_VALUE', 'it is no number');
  }
  if (isDeclared(shaping.booleans)) {
    const value = `case lower(trim(${text})) when 'true' then 'true' when '1' then 'true' when 'false' then 'false' when '0' then 'false' end`;
    return checked(value, 'BAD_VALUE', 'it is neither true nor false');
  }
  return text;
}

function derivedSql(derive: DerivedColumn, values: readonly { name: string; text: string }[], blank: string): string {
  if ('value' in derive) return constant(derive.value);
  const from = values.find(({ name }) => name === derive.from)?.text ?? 'null';
  return `coalesce(string_split(${from}, ${quoteLiteral(derive.split)})[${derive.index + 1}], ${blank})`;
}
