import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AppError } from '../errors/app-error';
import { SecretResolver } from '../secrets/secret-resolver';
import type { DatabaseConnection } from './connection';
import { parseDatabaseUrl } from './connection-url';
import { databaseConfig } from './database.config';

/** What is not the name of a connection but leads to its URL. */
const REFERENCE = /^(env|file|vault|sealed):/;

/** A connection that no variable configures. Names it, and what there is. */
export class ConnectionUnknownError extends AppError {
  readonly code = 'definition-invalid';
  constructor(name: string, known: readonly string[]) {
    super(
      `There is no connection ${name}; set CONNECTION_${name.toUpperCase()}.` +
        (known.length > 0 ? ` Configured are: ${known.join(', ')}.` : ''),
    );
  }
}

/** A pipeline that names no source in a deployment that has no default one. */
export class SourceNotConfiguredError extends AppError {
  readonly code = 'definition-invalid';
  constructor() {
    super('The pipeline names no source, and SOURCE_DB_URL is not set.');
  }
}

/** Databases by the names that pipelines use: `CONNECTION_GARDEN` is `garden`, in any letter case. */
@Injectable()
export class NamedConnections {
  constructor(
    @Inject(databaseConfig.KEY) private readonly settings: ConfigType<typeof databaseConfig>,
    private readonly secrets: SecretResolver,
  ) {}

  /** Sorted. */
  get names(): readonly string[] {
    return [...this.settings.connections.keys()].sort();
  }

  /** Whether a pipeline may name it; a secret reference is looked at only when it is opened. */
  isKnown(reference: string): boolean {
    return REFERENCE.test(reference) || this.settings.connections.has(reference.toLowerCase());
  }

  /** Whether a pipeline may leave its source out. */
  get hasDefaultSource(): boolean {
    return this.settings.defaultSource !== null;
  }

  /**
   * The database behind a name, or behind a secret reference (`sealed:…`, `env:NAME`, …) to a URL.
   * @throws {ConnectionUnknownError | SecretNotFoundError | DatabaseUrlError}
   */
  async open(reference: string): Promise<DatabaseConnection> {
    if (REFERENCE.test(reference)) return parseDatabaseUrl((await this.secrets.resolve(reference)).reveal());
    const found = this.settings.connections.get(reference.toLowerCase());
    if (!found) throw new ConnectionUnknownError(reference, this.names);
    return found;
  }

  /** What a pipeline reads: the database it refers to, `SOURCE_DB_URL` when it does not say. */
  async source(reference: string | null): Promise<DatabaseConnection> {
    if (reference !== null) return this.open(reference);
    if (!this.settings.defaultSource) throw new SourceNotConfiguredError();
    return this.settings.defaultSource;
  }
}
