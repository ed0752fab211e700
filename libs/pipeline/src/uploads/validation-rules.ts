import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { loadRuleBook, type RuleBook, type ValidationSettings } from '@app/validation';
import { TableReferences } from './table-references';
import { uploadConfig } from './upload.config';

/** What uploads are checked against, table by table. */
@Injectable()
export class ValidationRules implements OnModuleInit {
  private book: RuleBook = new Map();

  constructor(
    @Inject(uploadConfig.KEY) private readonly config: ConfigType<typeof uploadConfig>,
    private readonly references: TableReferences,
  ) {}

  /** A process does not start with rules that cannot be used. @throws {RuleFileInvalidError} with every fault at once */
  async onModuleInit(): Promise<void> {
    if (this.config.rulesPath !== null) this.book = await loadRuleBook(this.config.rulesPath);
  }

  settingsOf(table: string): ValidationSettings {
    const { values, findingLimit } = this.config;
    return { rules: this.book.get(table) ?? [], references: this.references, values, findingLimit };
  }
}
