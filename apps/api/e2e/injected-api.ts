import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createTestDatabase, createTestRedis, type TestDatabase, type TestRedis } from '@app/testing';
import type * as Serve from '../src/serve';

/** The API in this process, without a port; authentication is off. Private services are below it. */
export class InjectedApi {
  private constructor(
    readonly database: TestDatabase,
    private readonly redis: TestRedis,
    readonly folder: string,
    private readonly app: NestFastifyApplication,
  ) {}

  /** `settings` may name files below the folder that it is given. */
  static async start(settings: (folder: string) => Readonly<Record<string, string>> = () => ({})): Promise<InjectedApi> {
    const [database, redis, folder] = await Promise.all([createTestDatabase(), createTestRedis(), mkdtemp(join(tmpdir(), 'api-'))]);
    Object.assign(process.env, {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      OBJECT_STORE_URL: pathToFileURL(join(folder, 'store')).href,
      AUTH_MODE: 'disabled',
      LOG_LEVEL: 'CRITICAL',
      ...settings(folder),
    });
    // The modules read their settings while they are loaded.
    const { createApi } = jest.requireActual<typeof Serve>('../src/serve');
    const app = await createApi();
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    return new InjectedApi(database, redis, folder, app);
  }

  /** For supertest. */
  get server(): Server {
    return this.app.getHttpServer();
  }

  async stop(): Promise<void> {
    await this.app.close();
    await Promise.all([this.database.drop(), this.redis.drop(), rm(this.folder, { recursive: true })]);
  }

  async send(method: 'GET' | 'POST' | 'PUT', url: string, payload?: object): Promise<{ status: number; body: unknown }> {
    const answer = await this.app.inject({ method, url, payload });
    return { status: answer.statusCode, body: answer.json() };
  }
}
