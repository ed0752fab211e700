/** Ends a command with exit code 1. The message is all that the user sees, so it says what to do next. */
export class CommandFailedError extends Error {}
