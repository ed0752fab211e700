import type { DropConfig } from '@app/platform';
import { DropRefusedError } from '../drop.errors';

/** @throws {DropRefusedError} for a path that could lead anywhere else, or is longer than allowed */
export function assertSafePath(path: string, { limits }: Pick<DropConfig, 'limits'>): void {
  const shown = JSON.stringify(path.slice(0, 200));
  if (Buffer.byteLength(path) > limits.pathBytes)
    throw new DropRefusedError('LIMIT_EXCEEDED', `an entry's path has more than ${limits.pathBytes} bytes`);
  if (path === '') throw new DropRefusedError('UNSAFE_PATH', 'an entry has no name');
  const isUnsafe = /[\\\p{Cc}]/u.test(path) || path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.split('/').includes('..');
  if (isUnsafe) throw new DropRefusedError('UNSAFE_PATH', `the entry ${shown} leads out of the archive, or has characters no path needs`);
}

/** The name that a file of an archive goes by. @throws {DropRefusedError} UNSAFE_PATH for one in a folder, unless that is allowed */
export function baseName(path: string, { flatten }: Pick<DropConfig, 'flatten'>): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.length > 1 && !flatten) throw new DropRefusedError('UNSAFE_PATH', `the file ${JSON.stringify(path)} is in a folder`);
  return segments.at(-1) ?? '';
}

/** Whether the configuration wants a file left alone, by its whole path or its base name. */
export function isIgnored(path: string, { ignoreMembers }: Pick<DropConfig, 'ignoreMembers'>): boolean {
  const whole = path.replace(/^\.\//, '');
  const base = whole.slice(whole.lastIndexOf('/') + 1);
  return ignoreMembers.some((pattern) => {
    const expression = new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 's');
    return expression.test(whole) || expression.test(base);
  });
}

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
