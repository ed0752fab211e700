import { Injectable, SetMetadata, type CustomDecorator } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import type { AnyTaskDefinition, TaskDefinition, TaskProcessor } from './task-definition';

const PROCESSES = 'tributary:processes';

/** Marks the class that does the work of a task. */
export const Processes = (definition: AnyTaskDefinition): CustomDecorator => SetMetadata(PROCESSES, definition.name);

export type AnyProcessor = TaskProcessor<TaskDefinition<never>>;

/** Which class does which task. */
@Injectable()
export class ProcessorRegistry {
  private processors: ReadonlyMap<string, AnyProcessor> = new Map();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  /** @throws when a task has no processor, or two */
  collect(definitions: readonly AnyTaskDefinition[]): void {
    const found = new Map<string, AnyProcessor[]>();
    for (const { instance, metatype } of this.discovery.getProviders()) {
      const name = metatype && this.reflector.get<string | undefined>(PROCESSES, metatype);
      if (name) found.set(name, [...(found.get(name) ?? []), instance as AnyProcessor]);
    }
    const faults = definitions.flatMap(({ name }) => {
      const count = found.get(name)?.length ?? 0;
      return count === 1 ? [] : [`task ${name} has ${count === 0 ? 'no processor' : `${count} processors`}`];
    });
    if (faults.length > 0) throw new Error(`This worker cannot start: ${faults.join('; ')}.`);
    this.processors = new Map([...found].map(([name, [processor]]) => [name, processor as AnyProcessor]));
  }

  get(taskName: string): AnyProcessor | undefined {
    return this.processors.get(taskName);
  }
}
