import { generateSchema, renderCreateTables } from '../schema/generate-schema';
import { mappingObject } from '../testing/study.builder';
import { MappingInvalidError } from '../transform.errors';
import { parseMapping } from './mapping-file';

const FIXED = [
  'create table "reviewer_organization" ("reviewer" varchar, "organization" varchar);',
  'create table "name" ("table" varchar, "column" varchar, "index" varchar, "id" varchar, "description" varchar);',
];

function schemaLines(rows: readonly object[]): string[] {
  return renderCreateTables(generateSchema(parseMapping(JSON.stringify(rows))))
    .split('\n')
    .slice(0, -1);
}

function faultsOf(rows: readonly unknown[]): readonly string[] {
  try {
    parseMapping(JSON.stringify(rows));
    return [];
  } catch (error) {
    if (error instanceof MappingInvalidError) return error.faults;
    throw error;
  }
}

describe('parseMapping and the schema', () => {
  it('M1: takes a text type with a space behind it for text', () => {
    expect(schemaLines([mappingObject('T', 'c', 'f', 'text ')])).toEqual(['create table "T" ("c" varchar);', ...FIXED]);
  });

  it('M2: emits no constraint for NOT NULL', () => {
    const rows = ['FALSE', 'TRUE', 'yes', ''].map((value, index) => mappingObject('T', `c${index}`, 'f', 'text', { 'NOT NULL': value }));
    expect(schemaLines(rows)[0]).toBe('create table "T" ("c0" varchar, "c1" varchar, "c2" varchar, "c3" varchar);');
  });

  it('M3: keeps a row without InitializeField in the schema and out of the sync', () => {
    const row = { ...mappingObject('T', 'c', 'f'), InitializeField: undefined };
    expect(schemaLines([row])[0]).toBe('create table "T" ("c" varchar);');
    expect(parseMapping(JSON.stringify([row]))[0]?.included).toBe(false);
  });

  it('M4: refuses an unknown data type by row, table and column', () => {
    expect(faultsOf([mappingObject('T', 'c', 'f', 'number')])).toEqual([
      'row 1 (T.c), key "Data Type": "number" is not one of text, int, boolean, date and float',
    ]);
  });

  it('M5: orders tables by code point and columns by the file', () => {
    const rows = [mappingObject('b2', 'k', 'a', 'int'), mappingObject('B1', 'x', 'b', 'date'), mappingObject('b2', 'j', 'c', 'boolean')];
    expect(schemaLines(rows)).toEqual(['create table "B1" ("x" date);', 'create table "b2" ("k" bigint, "j" boolean);', ...FIXED]);
  });

  it('M8: refuses two rows for one column', () => {
    expect(faultsOf([mappingObject('T', 'c', 'f'), mappingObject('T', 'c', 'g')])).toEqual([
      'row 2 (T.c) names the same table and column as row 1',
    ]);
  });

  it('writes floats and quotes as the target reads them', () => {
    expect(schemaLines([mappingObject('Ta"b', 'c', 'f', 'float')])[0]).toBe('create table "Ta""b" ("c" double precision);');
  });

  it('names every fault of the file at once', () => {
    const incomplete = mappingObject('T', 'a', 'f', 'text', { Comments: undefined });
    const faults = faultsOf([
      incomplete,
      mappingObject('T', 'b', 'f', 'text', { Description: null, 'Lookup Needed': 'maybe' }),
      'text',
      mappingObject('name', 'c\n', 'f'),
    ]);
    expect(faults).toEqual([
      'row 1 (T.a), key "Comments": must be a text',
      'row 2 (T.b), key "Lookup Needed": is not one of "yes", "TRUE", "FALSE" and empty',
      'row 2 (T.b), key "Description": must be a text',
      'row 3 (?.?) is not an object',
      'row 4 (name.c\n), key "Fieldname_CTMD": must not hold control characters',
    ]);
  });

  it('ignores keys that it does not know', () => {
    expect(faultsOf([mappingObject('T', 'c', 'f', 'text', { Extra: 5 })])).toEqual([]);
  });

  it.each(['{', '{}'])('refuses the text %s, which is not an array', (text) => {
    expect(() => parseMapping(text)).toThrow(MappingInvalidError);
  });

  it('refuses a table that the sync makes itself', () => {
    expect(faultsOf([mappingObject('name', 'c', 'f')])).toEqual(['row 1 (name.c): the table "name" is made by the sync itself']);
  });
});
