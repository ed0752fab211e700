import { hasCall, namesOf, type Expression } from '../expressions/expression';
import { parseExpression } from '../expressions/parser';
import { renderExpression } from '../expressions/render-expression';
import { ExpressionSyntaxError } from '../expressions/scanner';
import { constantValue, ExpressionFault, textValue, type Value } from '../expressions/value';
import type { AddedValue } from './config-document';
import type { Frame } from './frame';

/** A date, which reads like a subtraction. */
const DATE = /^\d{4}-\d{2}-\d{2}/;

export interface AddedColumn {
  readonly name: string;
  readonly value: AddedValue;
  readonly onError: 'literal' | 'fail' | undefined;
  /** Whether a column of that name is or was there. */
  readonly isColumn: (name: string) => boolean;
}

/**
 * Adds a column to a frame, or replaces it.
 *
 * @returns why a text that looked like an expression was stored as it is; null otherwise
 * @throws {ExpressionFault} when an expression cannot be evaluated
 */
export function addColumn(frame: Frame, { name, value, onError, isColumn }: AddedColumn): string | null {
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'string') return addText(frame, name, value, onError, isColumn);
    frame.set(name, constantValue(value));
  } else if ('expr' in value) {
    evaluate(frame, name, parse(value.expr));
  } else {
    frame.set(name, constantValue(value.value));
  }
  return null;
}

/** A text is an expression if it can be one; it is plain text if it is clearly none. */
function addText(
  frame: Frame,
  name: string,
  text: string,
  onError: AddedColumn['onError'],
  isColumn: AddedColumn['isColumn'],
): string | null {
  try {
    if (DATE.test(text) && onError !== 'fail') throw new ExpressionFault('it is a date');
    evaluate(frame, name, parse(text));
    return null;
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    const meant = isMeant(text, isColumn);
    if (onError === 'fail' || (onError === undefined && meant)) throw error;
    frame.set(name, textValue(text));
    return meant ? error.message : null;
  }
}

function isMeant(text: string, isColumn: (name: string) => boolean): boolean {
  try {
    const expression = parse(text);
    return hasCall(expression) || namesOf(expression).some(isColumn);
  } catch (error) {
    if (error instanceof ExpressionFault) return false;
    throw error;
  }
}

function evaluate(frame: Frame, name: string, expression: Expression): void {
  if (expression.kind === 'name') {
    frame.copy(name, frame.get(expression.name));
    return;
  }
  frame.set(name, render(frame, expression));
}

function render(frame: Frame, expression: Expression): Value {
  return renderExpression(expression, { column: (column) => frame.read(column), bind: frame.bind });
}

function parse(text: string): Expression {
  try {
    return parseExpression(text);
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    throw new ExpressionFault(`no expression: ${error.message}`);
  }
}
