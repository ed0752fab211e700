import { growthOf, MAX_VALUE_ITEMS } from './value-size';

/** Table functions that make rows of their arguments alone. */
const TABLE_FUNCTIONS = new Set(['generate_series', 'range', 'unnest', 'json_each', 'json_tree', 'repeat', 'repeat_row']);

/** Functions that tell about the engine, its session or its machine, or change its state; they have no place in a transform. */
const FORBIDDEN_FUNCTIONS = new RegExp(
  `^(${[
    'getenv|current_setting|current_schemas?|current_database|current_catalog|current_(query|query_id|connection_id|transaction_id)',
    'current_user|current_role|session_user|user|version|txid_current|nextval|currval|write_log|sleep_ms|pg_.*|stats|getvariable',
    'has_(database|schema|table)_privilege|in_search_path|query|query_table|json_execute_serialized_sql|json_(de)?serialize_sql|error',
  ].join('|')})$`,
);

export interface CheckedQuery {
  /** Of the relations that the query reads, in lower case. */
  readonly reads: ReadonlySet<string>;
  /** Why the query must not run. */
  readonly faults: readonly string[];
}

interface Scope {
  readonly names: ReadonlySet<string> | null;
  /** Names of common table expressions around this place. */
  readonly local: ReadonlySet<string>;
  readonly reads: Set<string>;
  readonly faults: Set<string>;
  /** How large the calls around this place make what it gives. */
  readonly growth: number;
}

type Node = Readonly<Record<string, unknown>>;

/**
 * Goes over what the engine's own parser made of a query: it must be one statement that reads the named relations and nothing else.
 *
 * @param names of the relations that may be read, in lower case; null while they are not known, which lets every name pass
 */
export function checkQuery(parsed: unknown, names: ReadonlySet<string> | null): CheckedQuery {
  const refuse = (fault: string): CheckedQuery => ({ reads: new Set(), faults: [fault] });
  if (!isNode(parsed)) return refuse('it cannot be read');
  if (parsed.error === true) return refuse(parserFault(parsed));
  const statements = Array.isArray(parsed.statements) ? (parsed.statements as readonly unknown[]) : [];
  if (statements.length !== 1) return refuse(`it has to be one statement; these are ${statements.length}`);
  const scope: Scope = { names, local: new Set(), reads: new Set(), faults: new Set(), growth: 1 };
  visit(statements[0], scope);
  return { reads: scope.reads, faults: [...scope.faults] };
}

function parserFault({ error_type: type, error_message: message, position }: Node): string {
  if (type === 'not implemented') return 'only SELECT statements, with or without WITH, can be run';
  const place = typeof position === 'string' && position !== '' ? ` at character ${Number(position) + 1}` : '';
  return `it is no SQL: ${String(message)}${place}`;
}

function visit(value: unknown, scope: Scope): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) visit(item, scope);
    return;
  }
  if (!isNode(value)) return;
  const fault = faultOf(value, scope);
  if (fault !== null) scope.faults.add(fault);
  const local = [...commonTables(value)];
  const growth = scope.growth * growthAt(value);
  const inner = local.length === 0 && growth === scope.growth ? scope : { ...scope, growth, local: new Set([...scope.local, ...local]) };
  // A table function makes rows, one after the other, where a function of the same name makes one value.
  const parts = value.type === 'TABLE_FUNCTION' && isNode(value.function) ? { ...value, function: value.function.children } : value;
  for (const part of Object.values(parts)) visit(part, inner);
}

const growthAt = (node: Node): number => (node.class === 'FUNCTION' ? growthOf(lower(node.function_name), node) : 1);

function faultOf(node: Node, scope: Scope): string | null {
  if (node.type === 'BASE_TABLE') return tableFault(node, scope);
  if (node.type === 'TABLE_FUNCTION') return tableFunctionFault(node);
  if (node.type === 'SHOW_REF') return 'DESCRIBE, SHOW and SUMMARIZE tell about the engine, not the data';
  if (node.class === 'PARAMETER') return 'parameters are written :name';
  if (node.class === 'FUNCTION' || node.class === 'WINDOW') return functionFault(lower(node.function_name)) ?? sizeFault(node, scope);
  return null;
}

function tableFault(node: Node, { names, local, reads }: Scope): string | null {
  const name = lower(node.table_name);
  if (lower(node.schema_name) !== '' || lower(node.catalog_name) !== '') {
    return `"${String(node.table_name)}" is named with a schema; relations of a chain have none`;
  }
  if (local.has(name)) return null;
  if (names && !names.has(name)) return `there is no relation "${String(node.table_name)}" here; there are ${[...names].join(', ')}`;
  reads.add(name);
  return null;
}

function tableFunctionFault({ function: call }: Node): string | null {
  const name = isNode(call) ? lower(call.function_name) : '';
  return TABLE_FUNCTIONS.has(name) ? null : `${name}() reads something else than the data, which is not allowed`;
}

function functionFault(name: string): string | null {
  return FORBIDDEN_FUNCTIONS.test(name) ? `${name}() tells about the engine or changes it, which is not allowed` : null;
}

function sizeFault(node: Node, { growth }: Scope): string | null {
  const own = growthAt(node);
  if (own === 1 || growth * own <= MAX_VALUE_ITEMS) return null;
  return `${lower(node.function_name)}() makes a value of more than ${MAX_VALUE_ITEMS} items; make rows, as FROM range(…) does`;
}

function* commonTables({ cte_map: tables }: Node): Generator<string> {
  if (!isNode(tables) || !Array.isArray(tables.map)) return;
  for (const entry of tables.map as readonly unknown[]) if (isNode(entry)) yield lower(entry.key);
}

function lower(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
