#!/usr/bin/env node
import 'reflect-metadata';
import { basename } from 'node:path';
import { runCli } from './run-cli';

const interruption = new AbortController();
// Once: a second Ctrl-C ends the process the hard way.
process.once('SIGINT', () => interruption.abort());
// `tributary runs | head` closes the pipe early, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const [, script = '', ...words] = process.argv;
/** The old command's name stands for the group of its commands. */
const argv = basename(script) === 'pipeline-cli' ? ['pipeline', ...words] : words;

void runCli(argv, { stdout: process.stdout, stderr: process.stderr, interrupt: interruption.signal }).then((exitCode) => {
  process.exitCode = exitCode;
});
