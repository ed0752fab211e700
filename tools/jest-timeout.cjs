// Jest applies `testTimeout` of the whole configuration only, so each project hands its own over as a global.
jest.setTimeout(globalThis.TEST_TIMEOUT_MS);
