import { Module, type DynamicModule } from '@nestjs/common';
import { ApiClient } from './api/api-client';
import { CancelCommand } from './commands/cancel.command';
import { DefinitionsCommand } from './commands/definitions.command';
import { HealthCommand } from './commands/health.command';
import { MappingCheckCommand } from './commands/mapping-check.command';
import { MappingExplainCommand } from './commands/mapping-explain.command';
import { MappingCommand } from './commands/mapping.command';
import { RedcapAnonymizeCommand } from './commands/redcap-anonymize.command';
import { RedcapFilterMetadataCommand } from './commands/redcap-filter-metadata.command';
import { RedcapCommand } from './commands/redcap.command';
import { ResumeCommand } from './commands/resume.command';
import { RunCommand } from './commands/run.command';
import { RunsCommand } from './commands/runs.command';
import { SchemaGenerateCommand } from './commands/schema-generate.command';
import { SchemaCommand } from './commands/schema.command';
import { StatusCommand } from './commands/status.command';
import { TasksCommand } from './commands/tasks.command';
import { DropCommand } from './drop/drop.command';
import { PipelineGroup } from './pipeline/pipeline-group';
import { ENVIRONMENT, Program, type Environment } from './program';
import { RunFollower } from './runs/run-follower';
import { Terminal } from './terminal';

/** In the order in which the help lists them. */
const COMMANDS = [
  RunCommand,
  DropCommand,
  StatusCommand,
  RunsCommand,
  ResumeCommand,
  CancelCommand,
  TasksCommand,
  DefinitionsCommand,
  HealthCommand,
];
const LOCAL_COMMANDS = [
  ...[RedcapCommand, RedcapAnonymizeCommand, RedcapFilterMetadataCommand],
  ...[SchemaCommand, SchemaGenerateCommand],
  ...[MappingCommand, MappingCheckCommand, MappingExplainCommand],
];

@Module({})
export class CliModule {
  /** The command line of one invocation. */
  static register(terminal: Terminal, env: Environment): DynamicModule {
    return {
      module: CliModule,
      providers: [
        { provide: Terminal, useValue: terminal },
        { provide: ENVIRONMENT, useValue: env },
        ApiClient,
        RunFollower,
        PipelineGroup,
        Program,
        ...COMMANDS,
        ...LOCAL_COMMANDS,
      ],
    };
  }
}
