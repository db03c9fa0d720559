/** Owns how ids, digests and paths are shortened for people to read. */

/** The last eight digits of an id, which are random, for people to read. */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The first digits of a digest, which are enough for people to tell two apart. */
export function shortDigest(digest: string): string {
  return digest.slice(digest.lastIndexOf(':') + 1).slice(0, 10);
}
