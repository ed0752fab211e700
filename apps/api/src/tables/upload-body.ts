import type { ApiBodyOptions } from '@nestjs/swagger';

/** The form of an upload, for the OpenAPI document. */
export const uploadBody: ApiBodyOptions = {
  schema: {
    type: 'object',
    required: ['data', 'content-type'],
    properties: {
      data: { type: 'string', format: 'binary', description: 'The table, with a file name' },
      'content-type': { type: 'string', enum: ['text/csv', 'application/json'], description: 'What `data` is' },
      json: { type: 'string', default: '{}', description: 'A JSON object of additional columns: the value is the same in every row' },
      has_comments: { type: 'string', description: '`true` leaves out the first CSV record' },
    },
  },
};
