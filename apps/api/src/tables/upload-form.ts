import type {} from '@fastify/multipart';
import { SpooledFile, UploadRefusedError, type Upload } from '@app/pipeline';
import type { FastifyRequest } from 'fastify';

/** Longest text of a field that is no file: the additional columns. */
const MAX_FIELD_BYTES = 1024 ** 2;
const MAX_FIELDS = 100;
const MAX_FILES = 10;

export interface FormLimits {
  readonly maxBytes: number;
  readonly spoolDirectory: string;
}

/** What a form says about an upload, without its table. */
export type UploadForm = Omit<Upload, 'table' | 'mode'>;

/**
 * Reads the form of an upload, whatever the order of its parts, hands it on, and removes its file afterwards. Of parts with
 * one name the first counts; parts with other names are ignored.
 * @throws {UploadRefusedError} naming the parts that are missing; a file over the limit is refused with 413
 */
export async function withUploadForm<T>(request: FastifyRequest, limits: FormLimits, work: (form: UploadForm) => Promise<T>): Promise<T> {
  const fields = new Map<string, string>();
  let file: SpooledFile | null = null;
  try {
    for await (const part of request.parts({
      limits: { fileSize: limits.maxBytes, fieldSize: MAX_FIELD_BYTES, fields: MAX_FIELDS, files: MAX_FILES },
    })) {
      if (part.type === 'field') {
        if (!fields.has(part.fieldname)) fields.set(part.fieldname, String(part.value));
      } else if (part.fieldname === 'data' && !file) {
        file = await SpooledFile.receive(part.file, limits.spoolDirectory);
      } else {
        part.file.resume();
      }
    }
    return await work(completeForm(file, fields));
  } catch (error) {
    throw isBrokenForm(error) ? new UploadRefusedError(['The form breaks off within its file; send it again']) : error;
  } finally {
    await file?.remove();
  }
}

const isBrokenForm = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';

function completeForm(file: SpooledFile | null, fields: ReadonlyMap<string, string>): UploadForm {
  const contentType = fields.get('content-type');
  if (file && contentType !== undefined) {
    return { file, contentType, additional: fields.get('json') ?? '{}', hasComments: fields.get('has_comments') === 'true' };
  }
  const missing = [...(file ? [] : ['data']), ...(contentType === undefined ? ['content-type'] : [])];
  throw new UploadRefusedError(missing.map((name) => `The part ${name} is missing${name === 'data' ? ', or has no file name' : ''}`));
}
