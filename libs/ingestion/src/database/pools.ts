import { type DatabaseConnection, toUrl } from '@app/platform';
import { createHash } from 'node:crypto';

/** The pools of a process, one for each address and account: every run on the same database shares one. */
export class Pools<P> {
  private readonly pools = new Map<string, P>();

  constructor(private readonly open: (connection: DatabaseConnection) => P) {}

  of(connection: DatabaseConnection): P {
    // A digest, so that no password lies about as the key of a map.
    const key = createHash('sha256')
      .update(`${toUrl(connection)}?${JSON.stringify(connection.options)}`)
      .digest('hex');
    const known = this.pools.get(key) ?? this.open(connection);
    this.pools.set(key, known);
    return known;
  }

  /** Forgets every pool and returns them, to be closed. */
  takeAll(): P[] {
    const all = [...this.pools.values()];
    this.pools.clear();
    return all;
  }
}
