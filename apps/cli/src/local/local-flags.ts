import { z } from 'zod';
import { parseFlag } from '../parse-flag';

/** As the mapping pipeline has it by default. */
export const DEFAULT_RECORD_ID_FIELD = 'proposal_id';

const fieldName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a field: letters, digits and underscores');

export const parseFieldName = (text: string): string => parseFlag(fieldName, text);

const filePath = z.string().min(1, 'expected the path of a file');

export const parsePath = (text: string): string => parseFlag(filePath, text);
