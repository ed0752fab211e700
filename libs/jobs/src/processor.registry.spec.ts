import { Injectable } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { z } from 'zod';
import { ProcessorRegistry, Processes } from './processor.registry';
import { defineTask, type TaskProcessor } from './task-definition';

const task = defineTask({ name: 'weigh', queue: 'pipeline', payload: z.object({}), locks: () => [] });

@Injectable()
@Processes(task)
class Weighs implements TaskProcessor<typeof task> {
  process(): Promise<null> {
    return Promise.resolve(null);
  }
}

@Injectable()
@Processes(task)
class WeighsToo extends Weighs {}

const registryWith = async (...providers: (typeof Weighs)[]): Promise<ProcessorRegistry> => {
  const module = await Test.createTestingModule({ imports: [DiscoveryModule], providers: [ProcessorRegistry, ...providers] }).compile();
  return module.get(ProcessorRegistry);
};

describe('ProcessorRegistry', () => {
  it('finds the one class that does a task', async () => {
    const registry = await registryWith(Weighs);
    registry.collect([task]);
    expect(registry.get('weigh')).toBeInstanceOf(Weighs);
  });

  it('refuses a task that has no processor, or two', async () => {
    const [none, two] = [await registryWith(), await registryWith(Weighs, WeighsToo)];
    expect(() => none.collect([task])).toThrow('task weigh has no processor');
    expect(() => two.collect([task])).toThrow('task weigh has 2 processors');
  });
});
