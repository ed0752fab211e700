import type { Manifest, StagedPart } from '@app/platform';
import { PartFeed } from './part-feed';

const part = (stream: string, name: string): StagedPart => ({
  ...{ stream, name, key: `${stream}/${name}`, format: 'csv', rows: 1, columns: ['a'], sizeBytes: 1, sha256: '', resumeToken: name },
});
const MANIFEST: Manifest = { runId: 'r', stage: 'extract', sealedAt: '2026-01-01T00:00:00.000Z', parts: [], attributes: { watermark: 7 } };

async function names(parts: AsyncIterable<StagedPart>): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of parts) found.push(name);
  return found;
}

describe('PartFeed', () => {
  const { signal } = new AbortController();

  it('gives the parts of a stream as they come, those of earlier attempts first, until another stream follows', async () => {
    const feed = new PartFeed([part('a', '1')]);
    const parts = feed.of('a', signal);
    expect((await parts.next()).value).toMatchObject({ name: '1' });
    const next = parts.next();
    feed.add(part('a', '2'));
    expect((await next).value).toMatchObject({ name: '2' });
    const end = parts.next();
    feed.add(part('b', '3'));
    expect(await end).toEqual({ done: true, value: undefined });
  });

  it('waits for a stream that comes later, and ends the last one with the extract', async () => {
    const feed = new PartFeed([part('a', '1')]);
    const later = names(feed.of('b', signal));
    const never = names(feed.of('c', signal));
    feed.add(part('b', '2'));
    feed.add(part('b', '3'));
    feed.complete(MANIFEST);
    expect(await later).toEqual(['2', '3']);
    expect(await never).toEqual([]);
    expect(await feed.sealed(signal)).toBe(MANIFEST);
  });

  it('tells when there are as many parts as asked for, or that there will not be', async () => {
    const feed = new PartFeed([]);
    const two = feed.first(2, signal);
    const three = feed.first(3, signal);
    feed.add(part('a', '1'));
    feed.add(part('a', '2'));
    expect(await two).toHaveLength(2);
    feed.complete(MANIFEST);
    expect(await three).toHaveLength(2);
  });

  it('holds an extract back that is far ahead of whoever loads the stream, and for nobody else', async () => {
    const feed = new PartFeed(['1', '2', '3', '4'].map((name) => part('a', name)));
    await feed.keepClose('a', signal);
    const parts = feed.of('a', signal);
    await parts.next();
    let isHeld = true;
    const held = feed.keepClose('a', signal).then(() => (isHeld = false));
    await feed.keepClose('b', signal);
    expect(isHeld).toBe(true);
    await parts.next();
    expect(await held).toBe(false);
  });

  it('holds no extract back for long, nor for one who gave up, nor once the run is given up', async () => {
    const feed = new PartFeed(['1', '2', '3', '4'].map((name) => part('a', name)));
    const parts = feed.of('a', signal);
    await parts.next();
    await feed.keepClose('a', signal, 1);
    const held = feed.keepClose('a', signal);
    await parts.return(undefined);
    await held;
    const givenUp = new AbortController();
    const others = feed.of('a', signal);
    await others.next();
    const lost = feed.keepClose('a', givenUp.signal);
    givenUp.abort(new Error('given up'));
    await expect(lost).rejects.toThrow('given up');
  });

  it('ends every wait when the extract fails', async () => {
    const failed = new AbortController();
    const feed = new PartFeed([part('a', '1')]);
    const waits = [names(feed.of('a', failed.signal)), feed.sealed(failed.signal), feed.first(2, failed.signal)];
    failed.abort();
    for (const wait of await Promise.allSettled(waits)) expect(wait.status).toBe('rejected');
  });
});
