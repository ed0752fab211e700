#!/usr/bin/env node
import 'reflect-metadata';
import { runCli } from './run-cli';

const interruption = new AbortController();
// Once: a second Ctrl-C ends the process the hard way.
process.once('SIGINT', () => interruption.abort());
// `tributary runs | head` closes the pipe early, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

void runCli(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, interrupt: interruption.signal }).then((exitCode) => {
  process.exitCode = exitCode;
});
