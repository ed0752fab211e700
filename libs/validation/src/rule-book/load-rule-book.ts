import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Rule } from '../rule';
import { RULES } from '../rules/built-in';
import { dictionarySchema, type DictionaryField } from './dictionary';
import { parseRuleBook, ruleFileSchema, type RuleBook } from './rule-book';
import { RuleFileInvalidError } from './rule-book.errors';

/**
 * Reads a rule file (YAML or JSON) and the data dictionary that it names, relative to itself.
 * @throws {RuleFileInvalidError} with every fault at once
 */
export async function loadRuleBook(path: string, rules: readonly Rule[] = RULES): Promise<RuleBook> {
  const document: unknown = await readDocument(path, '');
  const { data } = ruleFileSchema.pick({ dictionary: true }).loose().safeParse(document);
  const dictionary = data?.dictionary === undefined ? [] : await readDictionary(resolve(dirname(path), data.dictionary));
  return parseRuleBook(document, rules, dictionary);
}

async function readDictionary(path: string): Promise<readonly DictionaryField[]> {
  const parsed = dictionarySchema.safeParse(await readDocument(path, 'dictionary'));
  if (parsed.success) return parsed.data;
  throw new RuleFileInvalidError([{ path: 'dictionary', message: 'the file is not a data dictionary: expected a JSON array of fields' }]);
}

async function readDocument(path: string, place: string): Promise<unknown> {
  try {
    // YAML 1.2 holds JSON, so one parser reads both.
    return parse(await readFile(path, 'utf8'));
  } catch {
    throw new RuleFileInvalidError([{ path: place, message: `the file ${path} cannot be read as YAML or JSON` }]);
  }
}
