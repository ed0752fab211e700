import type { DropMember, Part } from '@app/platform';

/** A part that may be passed over, because it is staged already. */
export interface MemberPart extends Part {
  /** Reads on without giving anything away. */
  skip(): Promise<void>;
}

/** A file of a drop, and the member that it is. */
export interface MemberFile {
  readonly name: string;
  readonly member: DropMember;
  readonly stream: string;
  readonly content: AsyncIterable<Buffer>;
}

/** Of the parts of a drop, all streams counted. */
export const partName = (ordinal: number): string => String(ordinal).padStart(6, '0');
