import { basename } from 'node:path';
import { InputInvalidError, TransformFailedError } from '../transform.errors';
import type { CodeModule } from '../plan';
import type { Fault } from './thread-program';

const ERROR_NAME = /^[A-Za-z_$][\w$]{0,59}$/;

/** An error for what a module did wrong. Its own messages are not shown: they may quote a cell. */
export function moduleFailure(module: CodeModule, fault: Fault): InputInvalidError | TransformFailedError {
  const { name } = module;
  const failed = (reason: string): TransformFailedError => new TransformFailedError(`code module "${name}"`, reason);
  switch (fault.kind) {
    case 'no-transform':
      return new InputInvalidError(`Code module ${name} exports no function transform.`);
    case 'no-generator':
      return new InputInvalidError(`transform of code module ${name} has to be an async generator function.`);
    case 'no-rows':
      return failed('it yielded something other than an array of plain rows');
    case 'no-column':
      return failed(`it yielded the column "${fault.column}", which its output does not list`);
    case 'no-value':
      return failed(`it yielded something in column "${fault.column}" that is no value (text, number, boolean, date, JSON or null)`);
    case 'no-integer':
      return failed(`it yielded something in column "${fault.column}" that is no integer, which its output calls it`);
    case 'threw':
      return failed(`it threw ${ERROR_NAME.test(fault.name) ? fault.name : 'Error'}${placeOf(module, fault.stack)}`);
  }
}

/** The first position in the module itself; the message that a stack starts with is passed over. */
function placeOf({ path }: CodeModule, stack: string): string {
  const file = basename(path);
  const frame = stack.split('\n').find((line) => /^\s+at /.test(line) && line.includes(`/${file}`));
  const position = frame && /:(\d+):(\d+)\)?$/.exec(frame);
  return position ? ` at ${file}:${position[1] ?? ''}:${position[2] ?? ''}` : '';
}
