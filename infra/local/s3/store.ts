import { join } from 'node:path';
import { Blobs } from './blobs.ts';
import { noSuchBucket } from './errors.ts';
import { Journal } from './journal.ts';
import { SortedMap } from './keys.ts';
import type { Blob, JournalRecord, StoredObject, StoredPart, StoredUpload } from './records.ts';

export interface OpenUpload extends StoredUpload {
  readonly parts: Map<number, StoredPart>;
}

export interface StoredBucket {
  readonly name: string;
  readonly created: number;
  readonly objects: SortedMap<StoredObject>;
  readonly uploads: Map<string, OpenUpload>;
}

/**
 * All data of one directory: content in blobs, everything else in memory, rebuilt from the journal at the start. Keys are never
 * used as paths.
 */
export class Store {
  readonly blobs: Blobs;
  readonly buckets = new SortedMap<StoredBucket>();
  readonly #journal: Journal;

  /** Opens a directory, made if need be; leftovers of a killed process are removed. One process at a time. */
  constructor(directory: string) {
    this.blobs = new Blobs(join(directory, 'blobs'));
    const path = join(directory, 'journal.jsonl');
    for (const record of Journal.read(path)) this.#apply(record);
    this.#journal = Journal.replace(path, this.#snapshot());
    this.blobs.removeAllBut(new Set(this.#blobsInUse()));
  }

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): StoredBucket {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) throw noSuchBucket(name);
    return bucket;
  }

  /** Makes a change visible and persistent at once. Removes blobs without references. */
  commit(record: JournalRecord): void {
    this.#journal.append(record);
    this.blobs.remove(this.#apply(record));
  }

  close(): void {
    this.#journal.close();
  }

  /** @returns the ids of the blobs that are no longer used */
  #apply(record: JournalRecord): string[] {
    if (record.type === 'bucket') {
      const { bucket: name, created } = record;
      this.buckets.set(name, { name, created, objects: new SortedMap(), uploads: new Map() });
      return [];
    }
    const bucket = this.bucket(record.bucket);
    switch (record.type) {
      case 'object':
        return putObject(bucket, record.object);
      case 'delete':
        return record.keys.flatMap((key) => deleteObject(bucket, key));
      case 'upload':
        bucket.uploads.set(record.upload.uploadId, { ...record.upload, parts: new Map() });
        return [];
      case 'part':
        return putPart(bucket, record.uploadId, record.part);
      case 'complete':
        return [...removeUpload(bucket, record.uploadId, record.object.blobs), ...putObject(bucket, record.object)];
      case 'abort':
        return removeUpload(bucket, record.uploadId, []);
    }
  }

  *#snapshot(): Generator<JournalRecord> {
    for (const { name: bucket, created, objects, uploads } of this.buckets.values()) {
      yield { type: 'bucket', bucket, created };
      for (const object of objects.values()) yield { type: 'object', bucket, object };
      for (const { parts, ...upload } of uploads.values()) {
        yield { type: 'upload', bucket, upload };
        for (const part of parts.values()) yield { type: 'part', bucket, uploadId: upload.uploadId, part };
      }
    }
  }

  *#blobsInUse(): Generator<string> {
    for (const { objects, uploads } of this.buckets.values()) {
      for (const object of objects.values()) for (const { id } of object.blobs) yield id;
      for (const upload of uploads.values()) for (const { blob } of upload.parts.values()) yield blob.id;
    }
  }
}

function without(before: readonly Blob[], after: readonly Blob[]): string[] {
  const kept = new Set(after.map(({ id }) => id));
  return before.map(({ id }) => id).filter((id) => !kept.has(id));
}

function putObject(bucket: StoredBucket, object: StoredObject): string[] {
  const replaced = bucket.objects.get(object.key)?.blobs ?? [];
  bucket.objects.set(object.key, object);
  return without(replaced, object.blobs);
}

function deleteObject(bucket: StoredBucket, key: string): string[] {
  const deleted = bucket.objects.get(key)?.blobs ?? [];
  bucket.objects.delete(key);
  return deleted.map(({ id }) => id);
}

function putPart(bucket: StoredBucket, uploadId: string, part: StoredPart): string[] {
  const parts = bucket.uploads.get(uploadId)?.parts;
  const replaced = parts?.get(part.partNumber);
  parts?.set(part.partNumber, part);
  return replaced ? [replaced.blob.id] : [];
}

function removeUpload(bucket: StoredBucket, uploadId: string, kept: readonly Blob[]): string[] {
  const parts = [...(bucket.uploads.get(uploadId)?.parts.values() ?? [])].map(({ blob }) => blob);
  bucket.uploads.delete(uploadId);
  return without(parts, kept);
}
