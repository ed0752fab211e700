import multipart from '@fastify/multipart';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpStatus } from '@nestjs/common';

const TABLE_UPLOAD = /^\/table\//;
const MULTIPART = /^multipart\/form-data\s*;/i;

/**
 * Lets the application take forms with files. A table upload that is no form is answered before its body is read, in
 * the form that clients of the table routes know.
 */
export async function acceptForms(app: NestFastifyApplication): Promise<void> {
  await app.register(multipart);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', async (request, reply) => {
      const isUpload = (request.method === 'POST' || request.method === 'PUT') && TABLE_UPLOAD.test(request.url);
      if (!isUpload || MULTIPART.test(request.headers['content-type'] ?? '')) return;
      await reply.status(HttpStatus.BAD_REQUEST).send(['Send the table as multipart/form-data with the parts data, content-type and json']);
    });
}
