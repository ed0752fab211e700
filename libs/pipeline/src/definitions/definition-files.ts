import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { defineConfig, failureOf } from '@app/platform';
import { parse } from 'yaml';
import { z } from 'zod';
import { REDCAP_DEFINITION } from '../redcap/redcap.definition';
import { DefinitionService } from './definition.service';

export const definitionFilesConfig = defineConfig('definitionFiles', z.object({ PIPELINES_DIR: z.string().optional() }), (env) => ({
  folder: env.PIPELINES_DIR ?? null,
}));

const EXTENSIONS = new Set(['.yaml', '.yml', '.json']);

/** Stores the definitions that come with the deployment. A bad file is reported and the others still serve. */
@Injectable()
export class DefinitionFiles implements OnModuleInit {
  private readonly logger = new Logger(DefinitionFiles.name);

  constructor(
    @Inject(definitionFilesConfig.KEY) private readonly config: ConfigType<typeof definitionFilesConfig>,
    private readonly definitions: DefinitionService,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.definitions.putFromFile(REDCAP_DEFINITION, 'built-in');
    if (!this.config.folder) return;
    const names = (await readdir(this.config.folder)).filter((name) => EXTENSIONS.has(extname(name))).sort();
    for (const name of names) await this.load(join(this.config.folder, name), name);
  }

  private async load(path: string, name: string): Promise<void> {
    try {
      // YAML 1.2 holds JSON, so one parser reads both.
      await this.definitions.putFromFile(parse(await readFile(path, 'utf8')), `file:${name}`);
    } catch (error) {
      this.logger.error({ file: name, ...failureOf(error) }, 'a pipeline definition was left out');
    }
  }
}
