import { holdsSeveralStatements, replaceNamedParameters, scanNamedParameters, withoutTerminator } from './named-parameters';
import type { SqlDialect } from './sql-lexicon';

const names = (text: string, dialect?: SqlDialect) => scanNamedParameters(text, dialect).map(({ name }) => name);

describe('scanNamedParameters', () => {
  it('finds names with their places, repetitions included', () => {
    const text = 'SELECT 1 WHERE a > :lo AND b = (:naïve_2) OR a<:lo';
    const found = scanNamedParameters(text);
    expect(found.map(({ name }) => name)).toEqual(['lo', 'naïve_2', 'lo']);
    for (const { name, start, end } of found) expect(text.slice(start, end)).toBe(`:${name}`);
  });

  it.each([
    ['a cast', 'SELECT x::text, (x)::int, x :: date'],
    ['a slice', 'SELECT a[1:n], a[i:2]'],
    ['an assignment', 'SET x := 1'],
    ['C-22: a literal', "SELECT ':lo' AS lit"],
    ['a literal with a doubled quote', "SELECT 'it''s :lo'"],
    ['an escape string', "SELECT E'it\\'s :lo'"],
    ['a quoted identifier', 'SELECT "a:lo", ":lo"'],
    ['a dollar quote', 'SELECT $$ :lo $$, $tag$ $$ :lo $tag$'],
    ['a line comment', 'SELECT 1 -- :lo'],
    ['a block comment', 'SELECT /* :lo */ 1'],
    ['a nested comment', 'SELECT /* a /* b */ :lo */ 1'],
    ['an escaped colon', 'SELECT \\:lo'],
    ['a colon before a blank', "SELECT {'a': 1}"],
    ['a literal that never ends', "SELECT ':lo"],
    ['a comment that never ends', 'SELECT /* :lo'],
  ])('takes nothing from %s', (_, text) => {
    expect(names(text)).toEqual([]);
  });

  it.each([
    ["'back\\' || :lo", ['lo']],
    [":id::int, ':no'::text, :b", ['id', 'b']],
    ["name'x' || 'y':a", ['a']],
    ['$1 || :a || $2', ['a']],
    ['cost$$ :a $$', ['a']],
    ['SELECT 1 -- no\n, :a /* no */ + :b', ['a', 'b']],
    ['ANY(:ids)', ['ids']],
    ["ae'x\\' , :a", ['a']],
  ])('reads PostgreSQL text %j', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it.each<[SqlDialect, string, string[]]>([
    ['mysql', "'it\\'s :no' , :a", ['a']],
    ['mysql', '"say \\":no" , :a', ['a']],
    ['mariadb', '`odd:no :no` = :a # :no', ['a']],
    ['mysql', '5--:a', ['a']],
    ['mysql', '5 -- :no', []],
    ['mysql', '/* a /* b */ :a', ['a']],
    ['mysql', '$$ :a $$', ['a']],
    ['sqlite', '[odd :no] = :a AND `:no` = :b', ['a', 'b']],
    ['mssql', '[odd :no] = :a', ['a']],
    ['oracle', "q'[it's :no]' || nq'!it's :no!' || :a", ['a']],
    ['duckdb', '$$ :no $$ || :a', ['a']],
  ])('follows the rules of %s in %j', (dialect, text, expected) => {
    expect(names(text, dialect)).toEqual(expected);
  });

  it('stays linear in hostile text', () => {
    const text = `${"'\\".repeat(50_000)}${'/*'.repeat(50_000)}${'$a'.repeat(50_000)} :a`;
    expect(names(text, 'mysql')).toEqual([]);
    expect(names(`${'x'.repeat(500_000)} :a`)).toEqual(['a']);
    expect(names(`'${'x'.repeat(500_000)}' :a`, 'mysql')).toEqual(['a']);
  });
});

describe('replaceNamedParameters', () => {
  it('numbers distinct names and leaves everything else alone', () => {
    const text = "SELECT ':a', :b, :a::int, :b -- :c";
    expect(replaceNamedParameters(text, (name, ordinal) => `$${ordinal}<${name}>`)).toBe("SELECT ':a', $1<b>, $2<a>::int, $1<b> -- :c");
  });

  it('turns an escaped colon into a literal one, outside literals only', () => {
    expect(replaceNamedParameters("SELECT \\:word, '\\:word', a\\:b", () => '?')).toBe("SELECT :word, '\\:word', a:b");
  });

  it('does not read its own replacements again', () => {
    expect(replaceNamedParameters(':a :b', () => ':a')).toBe(':a :a');
  });
});

describe('withoutTerminator', () => {
  it.each([
    ['SELECT 1', 'SELECT 1'],
    ['SELECT 1 ; ', 'SELECT 1'],
    ['SELECT 1; -- done;', 'SELECT 1'],
    ['SELECT 1 /* a */ ;; /* b */', 'SELECT 1'],
    ['SELECT 1 AS "a;" ;', 'SELECT 1 AS "a;"'],
    ["SELECT ';'", "SELECT ';'"],
    ['SELECT 1; SELECT :a;', 'SELECT 1; SELECT :a'],
    [' ; -- nothing', ''],
  ])('shortens %j', (text, expected) => {
    expect(withoutTerminator(text)).toBe(expected);
  });
});

describe('holdsSeveralStatements', () => {
  it.each([
    ['SELECT 1; SELECT 2', true],
    ['SELECT \';\' AS a, ";" -- ;\n FROM t /* ; */', false],
    ['SELECT $$;$$', false],
    ['SELECT 1 /* a */; DELETE FROM t', true],
  ])('reads %j', (text, expected) => {
    expect(holdsSeveralStatements(text)).toBe(expected);
  });
});
