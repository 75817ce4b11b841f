import { join } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './kustomize.fixture.js';

/** Where the types of an API group are. */
const GROUPS: Record<string, string> = {
  v1: 'core/v1',
  'apps/v1': 'apps/v1',
  'autoscaling/v2': 'autoscaling/v2',
  'networking.k8s.io/v1': 'networking/v1',
  'policy/v1': 'policy/v1',
};

/**
 * What is wrong with the shape of manifests, by the published types of the Kubernetes API: each is
 * written out as a literal and compiled. A compiler, unlike the API's own schema, also refuses members
 * that do not exist, and so finds what is misspelt.
 */
export function faultsOfShape(manifests: readonly Manifest[]): string[] {
  const strangers = manifests.filter(({ apiVersion }) => !(apiVersion in GROUPS));
  if (strangers.length > 0) return strangers.map(({ apiVersion }) => `unknown API group ${apiVersion}`);
  const source = manifests.map(
    (manifest) =>
      `export const _${manifests.indexOf(manifest)}: ` +
      `import('kubernetes-types/${GROUPS[manifest.apiVersion] ?? ''}.js').${manifest.kind} = ` +
      `${JSON.stringify(manifest)};`,
  );
  // Only in memory, but at a place from which the package is found.
  const path = join(process.cwd(), 'manifests.ts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const fromDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === path
      ? ts.createSourceFile(path, source.join('\n'), ts.ScriptTarget.ES2022)
      : fromDisk(name, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : -1;
    const manifest = manifests[line];
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    return `${manifest?.kind ?? '?'} ${manifest?.metadata.name ?? '?'}: ${text}`;
  });
}
