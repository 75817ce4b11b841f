import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2.js';
import type { ConfigMap, Container, Probe, Service } from 'kubernetes-types/core/v1.js';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import { parseAllDocuments } from 'yaml';
import {
  faultsOfEnvironment,
  hasTool,
  listOf,
  megabytes,
  megabytesNeeded,
  outputOf,
  sourceOf,
} from './deployment.fixture.js';
import { faultsOfShape } from './kubernetes-shape.fixture.js';
import { type Manifest, readKustomization, readManifests, render } from './kustomize.fixture.js';

/** What can be told of the manifests without a cluster: they must be valid and fit the code beside them. */

const BASE = 'deploy/k8s/base';
const OVERLAYS = ['deploy/k8s/overlays/large', 'deploy/k8s/overlays/small'];
const APPS = ['clock', 'intake', 'processing', 'reporting'];
const PORTS: Record<string, number> = { intake: 8081, processing: 8082, clock: 8083, reporting: 8080 };
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const of = <T>(manifests: readonly Manifest[], kind: string): (T & Manifest)[] =>
  manifests.filter((manifest) => manifest.kind === kind) as (T & Manifest)[];
const nameOf = ({ metadata }: Manifest) => metadata.name;

function podOf(deployment: Deployment) {
  const pod = deployment.spec?.template.spec;
  const [container, ...others] = pod?.containers ?? [];
  if (!pod || !container || others.length > 0) throw new Error('not one container');
  return { pod, container };
}

/** The environment as the process will see it; secrets by a stand-in of their kind. */
function environmentOf(container: Container, manifests: readonly Manifest[]): Record<string, string> {
  const standIns: Record<string, string> = { DATABASE_URL: 'postgres://u:p@h/d', KAFKA_BROKERS: 'h:9092' };
  const maps = of<ConfigMap>(manifests, 'ConfigMap');
  const shared = (container.envFrom ?? []).map(
    ({ configMapRef }) => maps.find((map) => nameOf(map) === configMapRef?.name)?.data ?? { missing: 'yes' },
  );
  const own = (container.env ?? []).map(
    ({ name, value }) => [name, value ?? standIns[name] ?? 'a secret'] as const,
  );
  return Object.assign({}, ...shared, Object.fromEntries(own)) as Record<string, string>;
}

const deployments = (folder: string) => {
  const manifests = render(folder);
  return of<Deployment>(manifests, 'Deployment').map((deployment) => ({
    ...{ name: nameOf(deployment), deployment, manifests },
    ...podOf(deployment),
  }));
};

describe('the folders of deploy/k8s', () => {
  it('are the base and two overlays', () => {
    const overlays = readdirSync('deploy/k8s/overlays').map((name) => join('deploy/k8s/overlays', name));
    expect(overlays.sort()).toEqual(OVERLAYS);
    for (const overlay of OVERLAYS) expect(readKustomization(overlay).resources).toEqual(['../../base']);
  });

  it.each([BASE, ...OVERLAYS])('%s lists every file that is in it, and no other', (folder) => {
    const { resources, patches } = readKustomization(folder);
    const listed = [...resources, ...(patches ?? []).map(({ path }) => path)];
    expect(listed.filter((name) => !name.startsWith('../')).sort()).toEqual(
      readdirSync(folder)
        .filter((name) => name !== 'kustomization.yaml')
        .sort(),
    );
  });

  it('hold no secret, only where to find them', () => {
    const all = OVERLAYS.flatMap(render);
    expect(of(all, 'Secret')).toEqual([]);
    expect(all.filter((manifest) => /:\/\/[^"]*:[^"]*@/.test(JSON.stringify(manifest)))).toEqual([]);
    for (const { container } of OVERLAYS.flatMap(deployments)) {
      const secret = (container.env ?? []).filter(({ name }) => /URL|BROKERS|USERNAME|PASSWORD/.test(name));
      expect(secret.map(({ name }) => name).sort()).toEqual([
        ...['DATABASE_URL', 'KAFKA_BROKERS', 'KAFKA_SASL_PASSWORD', 'KAFKA_SASL_USERNAME'],
      ]);
      for (const { value, valueFrom } of secret) {
        expect([value, valueFrom?.secretKeyRef?.name]).toEqual([
          undefined,
          expect.stringMatching(/^dunghan-(database|kafka)$/),
        ]);
      }
    }
  });
});

describe('the shape of manifests', () => {
  it.each(OVERLAYS)('%s is what the Kubernetes API takes', (folder) => {
    expect(faultsOfShape(render(folder))).toEqual([]);
  });

  it('is judged: what is misspelt, missing or of another kind is found', () => {
    const [good] = readManifests(join(BASE, 'intake.yaml'));
    const spoilt = (spec: object) => ({ ...good, spec: { ...(good?.spec as object), ...spec } }) as Manifest;
    expect(faultsOfShape([spoilt({ minReadySecond: 1 })])).toEqual([
      expect.stringContaining('minReadySecond'),
    ]);
    expect(faultsOfShape([spoilt({ minReadySeconds: '1' })])).toEqual([expect.stringContaining('string')]);
    expect(faultsOfShape([spoilt({ template: undefined })])).toHaveLength(1);
  });

  if (hasTool(['kubectl'], ['version', '--client'])) {
    it.each(OVERLAYS)('%s is read by kubectl as by us', (folder) => {
      // Generated names end in a hash; the order of things that have names means nothing.
      const output = outputOf(['kubectl'], ['kustomize', folder]);
      const unhashed = output.replace(/(name: dunghan)-[a-z0-9]{10}$/gm, '$1');
      const theirs = parseAllDocuments(unhashed).map((document) => document.toJS() as Manifest);
      expect(sorted(theirs)).toEqual(sorted(render(folder)));
    });
  }
});

describe.each(OVERLAYS)('in %s', (folder) => {
  const all = deployments(folder);
  const manifests = render(folder);

  it('each process runs the program of its name, in the image of this version', () => {
    expect(all.map(({ name }) => name).sort()).toEqual(APPS);
    for (const { name, container } of all) {
      expect(container.command).toBeUndefined();
      expect(container.args).toEqual([`dist/apps/${name}/src/main.js`]);
      expect(existsSync(sourceOf(container.args?.[0] ?? ''))).toBe(true);
      expect(container.image).toMatch(new RegExp(`/dunghan:${version.replaceAll('.', '\\.')}$`));
    }
  });

  it('each is given only variables that the configuration knows, and takes', () => {
    for (const { container } of all) {
      expect(faultsOfEnvironment(environmentOf(container, manifests))).toEqual([]);
    }
  });

  it('each listens where it is asked', () => {
    const health = readFileSync('libs/platform/src/health.controller.ts', 'utf8');
    for (const { name, deployment, container } of all) {
      const port = PORTS[name];
      expect(environmentOf(container, manifests)).toMatchObject({ HOST: '0.0.0.0', PORT: String(port) });
      expect(container.ports).toEqual([{ name: 'http', containerPort: port }]);
      expect(deployment.spec?.template.metadata?.annotations?.['prometheus.io/port']).toBe(String(port));
      const pathOf = (probe: Probe | undefined) => probe?.httpGet?.path ?? '';
      const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
      expect(probes.map(pathOf)).toEqual(['/health/live', '/health/live', '/health/ready']);
      for (const probe of probes) {
        expect(probe?.httpGet?.port).toBe('http');
        expect(health).toContain(`@Get('${pathOf(probe).slice(1)}')`);
      }
    }
  });

  it('each has the memory that its flags claim', () => {
    for (const { container } of all) {
      const { limits, requests } = container.resources ?? {};
      expect(megabytes(String(limits?.memory))).toBeGreaterThanOrEqual(megabytesNeeded(listOf('ENTRYPOINT')));
      expect(megabytes(String(requests?.memory))).toBeLessThanOrEqual(megabytes(String(limits?.memory)));
      expect(requests?.cpu).toMatch(/^\d+m$/);
    }
  });

  it('none is root, writes to its image, or holds a token', () => {
    for (const { pod, container } of all) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod.volumes).toEqual([{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }]);
      expect(container.volumeMounts).toEqual([{ name: 'tmp', mountPath: '/tmp' }]);
    }
  });

  it('each may finish before it is killed, and none goes before another has come', () => {
    for (const { deployment, pod, container } of all) {
      const [, wait] = container.lifecycle?.preStop?.exec?.command ?? [];
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Number(wait) + 10);
      expect(deployment.spec?.strategy?.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    }
  });

  it('each is spread over nodes and zones, and keeps its labels together', () => {
    for (const { name, deployment, pod } of all) {
      const labels = { 'app.kubernetes.io/name': name };
      expect(deployment.spec?.selector.matchLabels).toEqual(labels);
      expect(deployment.spec?.template.metadata?.labels).toMatchObject(labels);
      expect(
        (pod.topologySpreadConstraints ?? []).map(({ topologyKey, labelSelector }) => [
          topologyKey,
          labelSelector?.matchLabels,
        ]),
      ).toEqual([
        ['kubernetes.io/hostname', labels],
        ['topology.kubernetes.io/zone', labels],
      ]);
    }
  });

  it('a budget keeps one clock standing, and lets every node be emptied', () => {
    const budgets = of<PodDisruptionBudget>(manifests, 'PodDisruptionBudget');
    expect(budgets.map(nameOf).sort()).toEqual(APPS);
    for (const budget of budgets) {
      const name = nameOf(budget);
      expect(budget.spec?.selector?.matchLabels).toEqual({ 'app.kubernetes.io/name': name });
      const { minAvailable, maxUnavailable } = budget.spec ?? {};
      expect({ minAvailable, maxUnavailable }).toEqual(
        name === 'clock' ? { minAvailable: 1 } : { maxUnavailable: 1 },
      );
    }
    const clock = all.find(({ name }) => name === 'clock')?.deployment;
    expect(clock?.spec?.replicas).toBeGreaterThanOrEqual(2);
  });

  it('processing grows with its lag, to one copy a partition', () => {
    const [autoscaler, ...others] = of<HorizontalPodAutoscaler>(manifests, 'HorizontalPodAutoscaler');
    expect(others).toEqual([]);
    const processing = all.find(({ name }) => name === 'processing');
    if (!autoscaler || !processing) throw new Error('no autoscaler, or nothing to scale');
    expect(autoscaler.spec?.scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'processing',
    });
    expect(processing.deployment.spec).not.toHaveProperty('replicas');
    const partitions = Number(environmentOf(processing.container, manifests).LOG_PARTITIONS);
    expect(autoscaler.spec?.maxReplicas).toBeLessThanOrEqual(partitions);
    const names = (autoscaler.spec?.metrics ?? []).map(({ external }) => external?.metric.name ?? '');
    expect(names).toHaveLength(1);
    expect(readFileSync('libs/event-log/src/metrics.ts', 'utf8')).toContain(`name: '${names[0]}'`);
    expect(readFileSync('deploy/k8s/README.md', 'utf8')).toContain(`as: ${names[0]}`);
  });

  it('the README states how many connections PostgreSQL must have', () => {
    const [autoscaler] = of<HorizontalPodAutoscaler>(manifests, 'HorizontalPodAutoscaler');
    // During a rollout there is one more of each.
    const copies = all.map(
      ({ deployment }) => deployment.spec?.replicas ?? autoscaler?.spec?.maxReplicas ?? 0,
    );
    const most = copies.reduce((sum, count) => sum + count + 1, 0);
    const [first] = all;
    const each = Number(first && environmentOf(first.container, manifests).DATABASE_POOL) + 2;
    expect(readFileSync('deploy/k8s/README.md', 'utf8')).toContain(
      `${folder.split('/').at(-1)} ${most} × ${each} = ${most * each}`,
    );
  });

  it('only intake and reporting have a service, none of them outside the cluster', () => {
    const services = of<Service>(manifests, 'Service');
    expect(services.map(nameOf).sort()).toEqual(['intake', 'reporting']);
    for (const service of services) {
      expect(service.spec).toEqual({
        type: 'ClusterIP',
        selector: { 'app.kubernetes.io/name': nameOf(service) },
        ports: [{ name: 'http', port: PORTS[nameOf(service)], targetPort: 'http' }],
      });
    }
  });

  it('the network lets through requests to those two, Prometheus, and ways to database and broker', () => {
    const policies = of<NetworkPolicy>(manifests, 'NetworkPolicy');
    const nothing = policies.find(({ spec }) => Object.keys(spec?.podSelector ?? {}).length === 0);
    expect(nothing?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const inward = policies.flatMap(({ spec }) =>
      (spec?.ingress ?? []).map((rule) => ({
        to: Object.values(spec?.podSelector.matchLabels ?? {}),
        from: (rule.from ?? []).map(({ namespaceSelector }) => namespaceSelector?.matchLabels),
        ports: (rule.ports ?? []).map(({ port }) => port),
      })),
    );
    expect(inward).toEqual([
      { to: ['intake'], from: [{ 'dunghan/may-call': 'intake' }], ports: [8081] },
      { to: ['reporting'], from: [{ 'dunghan/may-read': 'reporting' }], ports: [8080] },
      { to: ['dunghan'], from: [{ 'dunghan/may-scrape': 'true' }], ports: ['http'] },
    ]);
    const outward = policies.flatMap(({ spec }) => spec?.egress ?? []);
    expect(outward.flatMap(({ ports }) => ports ?? []).map(({ port }) => port)).toEqual([53, 53, 5432, 9092]);
    expect(of(manifests, 'Ingress')).toEqual([]);
  });

  it('everything is in the namespace, which refuses pods with rights', () => {
    const [namespace] = of(manifests, 'Namespace');
    expect(namespace?.metadata).toEqual({
      name: 'dunghan',
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    });
    const rest = manifests.filter(({ kind }) => kind !== 'Namespace');
    expect(new Set(rest.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['dunghan']));
  });
});

/** Lists of named things by name, manifests by kind and name. */
function sorted(manifests: readonly Manifest[]): unknown {
  const byName = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const items = value.map(byName) as { name?: string }[];
      return items.every(({ name }) => typeof name === 'string')
        ? items.sort((a, b) => (a.name ?? '').localeCompare(b.name ?? ''))
        : items;
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, byName(part)]));
  };
  return manifests
    .map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, byName(manifest)] as const)
    .sort(([a], [b]) => a.localeCompare(b));
}
