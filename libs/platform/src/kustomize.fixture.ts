import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/**
 * A reading of our own of the few words of kustomize that deploy/k8s uses, so that what comes out of an
 * overlay can be judged where there is no kubectl. Where there is one, the two readings are compared.
 * A word that is not known here is refused.
 */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  [part: string]: unknown;
}

export interface Kustomization {
  apiVersion: string;
  kind: string;
  namespace?: string;
  resources: string[];
  patches?: { path: string; target?: { kind: string } }[];
  configMapGenerator?: { name: string; behavior?: string; literals: string[] }[];
  images?: { name: string; newName: string; newTag: string }[];
  replicas?: { name: string; count: number }[];
}

const KNOWN = [
  ...['apiVersion', 'kind', 'namespace', 'resources', 'patches', 'configMapGenerator', 'images', 'replicas'],
];

export function readKustomization(folder: string): Kustomization {
  const kustomization = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(kustomization).filter((word) => !KNOWN.includes(word));
  if (unknown.length > 0) throw new Error(`${folder}: ${unknown.join(', ')} not understood`);
  return kustomization;
}

export const readManifests = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Manifest);

/** All manifests of a folder with its patches applied. */
export function render(folder: string): Manifest[] {
  const kustomization = readKustomization(folder);
  let manifests = kustomization.resources.flatMap((name) => {
    const path = join(folder, name);
    if (!existsSync(path)) throw new Error(`${folder}: ${name} is missing`);
    return statSync(path).isDirectory() ? render(path) : readManifests(path);
  });
  for (const { name, behavior, literals } of kustomization.configMapGenerator ?? []) {
    const data = Object.fromEntries(literals.map((literal) => literal.split('=') as [string, string]));
    const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
    if (behavior === 'merge') manifests = patched(manifests, made, 1);
    else manifests.push(made);
  }
  for (const { path, target } of kustomization.patches ?? []) {
    for (const patch of readManifests(join(folder, path))) {
      manifests = target
        ? patched(manifests, patch, undefined, ({ kind }) => kind === target.kind)
        : patched(manifests, patch, 1);
    }
  }
  for (const { name, count } of kustomization.replicas ?? []) {
    const patch = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { replicas: count },
    };
    manifests = patched(manifests, patch, 1);
  }
  for (const image of kustomization.images ?? []) {
    manifests = manifests.map((manifest) => withImage(manifest, image) as Manifest);
  }
  const { namespace } = kustomization;
  if (namespace === undefined) return manifests;
  return manifests.map((manifest) =>
    manifest.kind === 'Namespace' ? manifest : { ...manifest, metadata: { ...manifest.metadata, namespace } },
  );
}

/** A patch that meets nothing is a fault, not a wish. */
function patched(
  manifests: readonly Manifest[],
  patch: Manifest,
  times?: number,
  meets: (manifest: Manifest) => boolean = ({ kind, metadata }) =>
    kind === patch.kind && metadata.name === patch.metadata.name,
): Manifest[] {
  const count = manifests.filter(meets).length;
  if (count === 0 || (times !== undefined && count !== times)) {
    throw new Error(`the patch of ${patch.kind} ${patch.metadata.name} meets ${count} manifests`);
  }
  return manifests.map((manifest) =>
    meets(manifest) ? { ...(merged(manifest, patch) as Manifest), metadata: manifest.metadata } : manifest,
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const named = (value: unknown): value is { name: string }[] =>
  Array.isArray(value) && value.every((item) => isObject(item) && typeof item.name === 'string');

/** Objects member by member, lists of named things name by name, everything else replaced. */
function merged(base: unknown, patch: unknown): unknown {
  if (isObject(base) && isObject(patch)) {
    const result = { ...base };
    for (const [name, value] of Object.entries(patch)) {
      result[name] = name in base ? merged(base[name], value) : value;
    }
    return result;
  }
  if (named(base) && named(patch)) {
    const names = [...new Set([...base, ...patch].map(({ name }) => name))];
    return names.map((name) => {
      const [old, changed] = [base, patch].map((list) => list.find((item) => item.name === name));
      return old && changed ? merged(old, changed) : (changed ?? old);
    });
  }
  return patch;
}

function withImage(value: unknown, image: { name: string; newName: string; newTag: string }): unknown {
  if (Array.isArray(value)) return value.map((item) => withImage(item, image));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) =>
      name === 'image' && typeof part === 'string' && part.split(':')[0] === image.name
        ? [name, `${image.newName}:${image.newTag}`]
        : [name, withImage(part, image)],
    ),
  );
}
