import type { Readable } from 'node:stream';

/** Text pairs kept beside an object: names of lower-case letters, digits, `-` and `_`, values of printable ASCII, 2048 bytes together. */
export type ObjectMetadata = Readonly<Record<string, string>>;

export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Differs after every change of the content. Compare for equality only; in a folder it also differs after an equal rewrite. */
  readonly etag: string;
}

export interface ObjectStat extends ObjectInfo {
  readonly metadata: ObjectMetadata;
}

export interface StoredObject {
  readonly sizeBytes: number;
  /** Hex SHA-256 of the bytes that were stored. */
  readonly sha256: string;
  readonly etag: string;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

export interface PutOptions extends ReadOptions {
  /** Replaces what an earlier object of this key had; absent means none. */
  readonly metadata?: ObjectMetadata;
}

export interface CopyOptions extends ReadOptions {
  /** Replaces the metadata of the original; absent keeps it. */
  readonly metadata?: ObjectMetadata;
}

/**
 * Immutable bytes under keys such as `staging/<run>/manifest.json`.
 *
 * A key is at most 1024 bytes of `/`-separated segments, none of them empty, `.`, `..` or starting with `.tributary-`,
 * without backslash or control characters; anything else throws {@link InvalidObjectKeyError}.
 * A store that is full, unreachable or refuses us throws {@link ObjectStoreUnavailableError}. An aborted signal throws its reason.
 */
export interface ObjectStore {
  /** Stores all bytes or, on any failure (a kill included), leaves the object as it was. Replaying replaces the object by itself. */
  put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array, options?: PutOptions): Promise<StoredObject>;
  /** Takes over a local file as an object: afterwards `path` is gone. Moves instead of copying where it can. */
  putFile(key: string, path: string, options?: PutOptions): Promise<StoredObject>;
  /**
   * Path of a new, empty, hidden file for others to fill and {@link putFile} to move to this key; null where the store is not on this
   * machine. Whoever asked removes it when it comes to nothing; {@link sweep} does after a kill.
   */
  draft(key: string): Promise<string | null>;
  /** Starts reading; a stream that ends early errors instead of ending. @throws {ObjectNotFoundError} */
  open(key: string, options?: ReadOptions): Promise<Readable>;
  /** Hex SHA-256 of the bytes that are stored now, all of which are read for it. @throws {ObjectNotFoundError} */
  sha256(key: string, options?: ReadOptions): Promise<string>;
  /** Null when there is no such object, and only then. */
  stat(key: string, options?: ReadOptions): Promise<ObjectStat | null>;
  /** Every object whose key starts with this text, in the byte order of keys, page by page. `''` lists everything. */
  list(prefix: string, options?: ReadOptions): AsyncIterable<ObjectInfo>;
  /** Names of the folders directly below a folder (`''` or ending in `/`), in order, without listing what is in them. */
  folders(prefix: string, options?: ReadOptions): AsyncIterable<string>;
  /** Succeeds also when there is no such object. */
  delete(key: string, options?: ReadOptions): Promise<void>;
  /** Deletes all objects of a folder; the prefix ends in `/`, so that `run-1/` never takes `run-10/` along. */
  deletePrefix(prefix: string, options?: ReadOptions): Promise<void>;
  /** Atomic like {@link put}. @throws {ObjectNotFoundError} */
  copy(from: string, to: string, options?: CopyOptions): Promise<void>;
  /** Absolute path where a local engine reads the object without copying; null where the store is not on this machine. @throws {ObjectNotFoundError} */
  local(key: string): Promise<string | null>;
  /** Proves that the store answers and lets us in. */
  check(options?: ReadOptions): Promise<void>;
  /** Removes what killed writers left behind more than a day ago; returns how many leftovers went. Never touches objects. */
  sweep(options?: ReadOptions): Promise<number>;
  /** Lets go of connections. The store is not used afterwards. */
  close(): void;
}
