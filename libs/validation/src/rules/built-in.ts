import type { Rule } from '../rule';
import { choicesRule } from './choices.rule';
import { consistentRule } from './consistent.rule';
import { orderRule } from './order.rule';
import { patternRule } from './pattern.rule';
import { rangeRule } from './range.rule';
import { referenceRule } from './reference.rule';
import { requiredRule } from './required.rule';
import { uniqueRule } from './unique.rule';

/** The rules that a rule file may name. To add one, write its file and add it here. */
export const RULES: readonly Rule[] = [
  requiredRule,
  rangeRule,
  choicesRule,
  patternRule,
  uniqueRule,
  referenceRule,
  consistentRule,
  orderRule,
];
