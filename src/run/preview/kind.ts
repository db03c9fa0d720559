/** Owns which preview suits a file, told by its ending and its media type; pure. */
import type { ArtifactRef } from '../../api/types';

export type PreviewKind =
  'html' | 'image' | 'json' | 'markdown' | 'notebook' | 'parquet' | 'pdf' | 'table' | 'text';

const BY_ENDING: Record<string, PreviewKind> = {
  csv: 'table',
  tsv: 'table',
  tab: 'table',
  gif: 'image',
  jpeg: 'image',
  jpg: 'image',
  png: 'image',
  svg: 'image',
  webp: 'image',
  htm: 'html',
  html: 'html',
  geojson: 'json',
  json: 'json',
  ipynb: 'notebook',
  markdown: 'markdown',
  md: 'markdown',
  parquet: 'parquet',
  pq: 'parquet',
  pdf: 'pdf'
};

const TEXTS = new Set(
  (
    'bash bib c cfg conf cpp css cu dockerfile env err gitignore go h hpp ini java jl js jsonl ' +
    'jsx lock log m mlmodel ndjson out proto py pyi r rs rst sass scala scss sh sql svelte tex toml ' +
    'ts tsx txt vue xml yaml yml'
  ).split(' ')
);

const BY_MEDIA_TYPE: Record<string, PreviewKind> = {
  'application/json': 'json',
  'application/pdf': 'pdf',
  'application/vnd.apache.parquet': 'parquet',
  'application/x-ipynb+json': 'notebook',
  'text/csv': 'table',
  'text/html': 'html',
  'text/markdown': 'markdown',
  'text/tab-separated-values': 'table'
};

const IMAGES: Record<string, string> = {
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp'
};

/** The ending of a file's name without its dot, in lower case; the name where it has none. */
export function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return name.slice(name.lastIndexOf('.') + 1);
}

/** How a file can be shown; null where we know of no way. */
export function previewKind({ path, media_type }: ArtifactRef): PreviewKind | null {
  const ending = endingOf(path);
  const type = media_type.split(';')[0]?.trim().toLowerCase() ?? '';
  const known = BY_ENDING[ending] ?? BY_MEDIA_TYPE[type];
  if (known) {
    return known;
  }
  if (Object.values(IMAGES).includes(type)) {
    return 'image';
  }
  return TEXTS.has(ending) || type.startsWith('text/') || isTextType(type) ? 'text' : null;
}

function isTextType(type: string): boolean {
  return /^application\/(.*\+(json|xml)|xml|yaml|x-yaml|toml|javascript|x-sh|sql)$/.test(type);
}

/** The media type with which a browser is given a picture: ours, never what the file claims. */
export function imageType({ path, media_type }: ArtifactRef): string {
  return IMAGES[endingOf(path)] ?? media_type;
}
