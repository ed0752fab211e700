import { Injectable } from '@nestjs/common';
import {
  bodyFault,
  DatabaseUrlError,
  ForbiddenError,
  mayAct,
  NamedConnections,
  parseDatabaseUrl,
  SealedSecrets,
  type Principal,
  type RequestFault,
} from '@app/platform';
import type { DatabaseReference } from './to-definition';

type Path = readonly (string | number)[];

/** What a part of a request says about databases. */
export type NamedDatabases = Readonly<{
  source_connection?: string | undefined;
  source_db_url?: string | undefined;
  dest_connection?: string | undefined;
  dest_db_url?: string | undefined;
}>;

/** The part of a request that names databases, who asks, and where faults go. */
export interface DatabasesAsked {
  readonly named: NamedDatabases;
  readonly principal: Principal;
  readonly body: unknown;
  /** Of the part, within the body. */
  readonly path: Path;
  readonly faults: RequestFault[];
}

/** Databases that requests name, in the form in which a document may be stored. */
@Injectable()
export class RequestDatabases {
  constructor(
    private readonly connections: NamedConnections,
    private readonly sealed: SealedSecrets,
  ) {}

  /** Null is the default source. @throws {ForbiddenError} for a URL of somebody who is no admin */
  source(asked: DatabasesAsked): DatabaseReference {
    const { source_db_url: url, source_connection: name } = asked.named;
    if (url !== undefined) return { url: this.seal(url, asked, 'source_db_url') };
    if (name !== undefined) return { connection: this.known(name, asked, 'source_connection') };
    if (!this.connections.hasDefaultSource) {
      const place = [...asked.path, 'source_connection'];
      asked.faults.push(bodyFault(asked.body, place, 'missing', 'Field required: SOURCE_DB_URL is not set'));
    }
    return null;
  }

  /** Null is the warehouse. @throws {ForbiddenError} for another database, however named, of somebody who is no admin */
  destination(asked: DatabasesAsked): string | null {
    const { dest_db_url: url, dest_connection: name } = asked.named;
    if (name !== undefined) expectAdmin(asked.principal);
    if (url !== undefined) return this.seal(url, asked, 'dest_db_url');
    return name === undefined ? null : this.known(name, asked, 'dest_connection');
  }

  /** Whoever may name any address can make the server ask any address. */
  private seal(url: string, { principal, body, path, faults }: DatabasesAsked, key: string): string {
    expectAdmin(principal);
    try {
      parseDatabaseUrl(url);
    } catch (error) {
      if (!(error instanceof DatabaseUrlError)) throw error;
      faults.push(bodyFault(body, [...path, key], 'value_error', error.message));
    }
    return this.sealed.seal(url);
  }

  private known(name: string, { body, path, faults }: DatabasesAsked, key: string): string {
    if (!this.connections.isKnown(name)) {
      const message = `There is no connection ${name}; set CONNECTION_${name.toUpperCase()}`;
      faults.push(bodyFault(body, [...path, key], 'value_error', message));
    }
    return name.toLowerCase();
  }
}

function expectAdmin({ role }: Principal): void {
  if (!mayAct(role, 'admin')) throw new ForbiddenError('admin');
}
