import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { VERSION } from '@app/platform';

const DESCRIPTION = `Pipelines draw data from REDCap, FHIR servers, databases and file drops and publish it to the warehouse in one transaction.

**Start here:** \`GET /definitions\` lists the pipelines, \`POST /runs\` starts one, \`GET /runs/{runId}\` shows how far it is and what it wrote.
Work longer than a request answers with a task; \`GET /task/{id}\` follows it.

Errors are \`{"detail": …, "code": …}\`; for a body that is not understood, \`detail\` is an array that lists every fault with its path.`;

/** Swagger UI at `/docs`, the OpenAPI document at `/docs-json`; also where clients of the pipeline platform look for them. */
export function documentApi(app: NestFastifyApplication): void {
  const config = new DocumentBuilder()
    .setTitle('Tributary')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key' })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'api-key')
    .addSecurityRequirements('bearer')
    .addTag('Pipelines', 'What can be run')
    .addTag('Transforms', 'What can be tried before it is run')
    .addTag('Runs', 'What was run, and what it wrote')
    .addTag('Schedules', 'When pipelines run by themselves')
    .addTag('Tasks', 'Queued work as clients see it')
    .addTag('Workers', 'Who does the work, and how they are')
    .addTag('Backups', 'Backups of the warehouse: make, prove, restore')
    .addTag('Tables', 'Tables of the warehouse: read, upload, check')
    .addTag('REDCap', 'The routes of the REDCap pipeline, as its dashboards expect them')
    .addTag('System', 'Health')
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: (_controller, method) => method });
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Tributary API',
    swaggerOptions: {
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      tryItOutEnabled: true,
      persistAuthorization: true,
    },
  });
  const server = app.getHttpAdapter().getInstance();
  server.get('/openapi.json', (_request, reply) => reply.send(document));
  server.get('/redoc', (_request, reply) => reply.redirect('/docs'));
}
