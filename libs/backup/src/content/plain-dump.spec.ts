import { isPlainDump, isWhole, restrictedScript } from './plain-dump';

const OLD_DUMP = `--
-- PostgreSQL database dump
--

\\restrict abc123

CREATE DATABASE ctmd WITH TEMPLATE = template0;
ALTER DATABASE ctmd OWNER TO someone;
\\connect ctmd

CREATE TABLE public.note (id bigint, text varchar);
COPY public.note (id, text) FROM stdin;
1\t\\N
\\connect elsewhere
CREATE DATABASE in_a_cell
2\tZoë
\\.

\\unrestrict abc123
--
-- PostgreSQL database dump complete
--
`;

const script = async (text: string, chunkBytes: number): Promise<string> => {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const found: Buffer[] = [];
  for await (const part of restrictedScript(chunks(), 'old')) found.push(Buffer.from(part));
  return Buffer.concat(found).toString();
};

describe('a plain dump', () => {
  it.each([1, 7, 100_000])('goes to psql without leaving its database, read %i bytes at a time', async (chunkBytes) => {
    const lines = (await script(OLD_DUMP, chunkBytes)).split('\n');
    const [, key] = /^\\restrict ([0-9a-f]{32})$/.exec(lines[0]!)!;
    expect(lines.filter((line) => line.startsWith('\\'))).toEqual([
      `\\restrict ${key!}`,
      '\\connect elsewhere',
      '\\.',
      `\\unrestrict ${key!}`,
    ]);
    expect(lines).not.toContain('CREATE DATABASE ctmd WITH TEMPLATE = template0;');
    expect(lines).not.toContain('ALTER DATABASE ctmd OWNER TO someone;');
    expect(lines).toEqual(
      expect.arrayContaining(['CREATE TABLE public.note (id bigint, text varchar);', '1\t\\N', 'CREATE DATABASE in_a_cell', '2\tZoë']),
    );
  });

  it('of several databases is refused', async () => {
    await expect(script('\\connect one\n\\connect two\n', 1000)).rejects.toThrow('more than one database');
  });

  it('keeps a last line that has no end', async () => {
    expect(await script('select 1;', 3)).toMatch(/\nselect 1;\n\\unrestrict/);
  });

  it('is known by its first lines and its last', () => {
    expect(isPlainDump(Buffer.from(OLD_DUMP))).toBe(true);
    expect(isPlainDump(Buffer.from('--\n-- PostgreSQL database cluster dump\n--\n'))).toBe(false);
    expect(isPlainDump(Buffer.from('id,name\n1,x\n'))).toBe(false);
    expect(isWhole(Buffer.from(OLD_DUMP))).toBe(true);
    expect(isWhole(Buffer.from(OLD_DUMP.slice(0, -60)))).toBe(false);
  });
});
