// Jest applies `testTimeout` of the whole configuration only, so each project hands its own over as a global.
/* global jest */
jest.setTimeout(globalThis.TEST_TIMEOUT_MS);
