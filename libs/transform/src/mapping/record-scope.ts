import type { PlanCheck, Relation } from '../plan';
import { compiledColumn, type DataColumn } from './data-columns';
import { asText, type Compiled, type Scope } from './expression-to-sql';
import { parsePersonName } from './person-name';
import { surrogateIdSql, tupleKey } from './surrogate-id';

interface Extension {
  readonly relations: readonly Relation[];
  /** Joins the extension to the relation before it. */
  readonly join: string;
  readonly columns: readonly string[];
}

/**
 * The records as expressions see them. Person names and generated ids are not columns of the records; each is joined on demand,
 * and every use of the same one shares it. The relation at depth `n` has the first `n` of these extensions.
 */
export class RecordScope implements Scope {
  private readonly fields = new Map<string, Compiled>();
  private readonly extensions: Extension[] = [];
  private readonly names = new Map<string, number>();
  readonly checks: PlanCheck[] = [];

  constructor(
    private readonly source: string,
    columns: readonly DataColumn[],
  ) {
    for (const column of columns) this.fields.set(column.name, compiledColumn(column));
  }

  field(name: string): Compiled | undefined {
    return this.fields.get(name);
  }

  personName(operand: Compiled, part: 'first' | 'last'): Compiled {
    const text = asText(operand);
    const position = this.names.get(text) ?? this.addNames(text);
    this.names.set(text, position);
    return { sql: `x${position}_${part}`, type: 'string', depth: position + 1 };
  }

  /** Adds a generated id as a data column named after its target. */
  addIdentifier(table: string, target: string, components: readonly Compiled[]): void {
    const position = this.extensions.length;
    const ids = `ids_${position}`;
    const key = tupleKey(components.map(asText));
    this.extensions.push({
      relations: [{ kind: 'sql', name: ids, materialized: true, sql: surrogateIdSql(this.relation(position), key, target) }],
      join: `${ids} e on e.key = ${key}`,
      columns: [`e.id as x${position}_id`],
    });
    this.fields.set(target, { sql: `x${position}_id`, type: 'identifier', depth: position + 1 });
    this.checks.push({
      severity: 'error',
      rule: 'id-collision',
      table,
      column: target,
      sql: `select count(*) - count(distinct id), []::varchar[] from ${ids}`,
      describe: (count) => `${count} generated ids of "${target}" are not unique`,
    });
  }

  /** Name of the relation that has the first `depth` extensions. */
  relation(depth: number): string {
    return depth === 0 ? this.source : `extended_${depth}`;
  }

  /** All extensions, to be called when every expression was compiled. */
  relations(): Relation[] {
    return this.extensions.flatMap(({ relations, join, columns }, index): Relation[] => {
      const sql = `select r.*, ${columns.join(', ')} from ${this.relation(index)} r left join ${join}`;
      return [...relations, { kind: 'sql', name: this.relation(index + 1), sql }];
    });
  }

  private addNames(text: string): number {
    const position = this.extensions.length;
    const names = `names_${position}`;
    this.extensions.push({
      relations: [
        {
          kind: 'lookup',
          name: names,
          sql: `select distinct ${text} from ${this.relation(position)} where ${text} is not null`,
          columns: ['first_name', 'last_name'],
          resolve: (input) => {
            const { first, last } = parsePersonName(input);
            return [first, last];
          },
        },
      ],
      join: `${names} e on e.input = ${text}`,
      columns: [`e.first_name as x${position}_first`, `e.last_name as x${position}_last`],
    });
    return position;
  }
}
