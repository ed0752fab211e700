/** Written in Python's dialect for years, the patterns of configurations keep it; the differences that occur are translated. */
export function pythonPattern(source: string, suffix = ''): RegExp {
  const [, inline = '', rest = source] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(source) ?? [];
  const translated = rest
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$');
  return new RegExp(`${translated}${suffix}`, inline);
}

export function isPythonPattern(source: string): boolean {
  try {
    pythonPattern(source, '$');
    return true;
  } catch {
    return false;
  }
}
