/**
 * Who may know whom (docs/architecture.md). Each rule says what would be lost without it.
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'In a circle nothing can be understood, tested or moved alone; under ESM decorated classes even fail to load.',
      severity: 'error',
      from: {},
      // Types vanish before anything runs; within one file’s neighbourhood they may point both ways.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'libs-through-their-index',
      comment: 'What a lib exports from index.ts is its promise; everything else may change without asking.',
      severity: 'error',
      from: { path: '^(apps|e2e|bench|chaos)/' },
      to: { path: '^libs/', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'libs-through-each-others-index',
      comment: 'The same between libs.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/', pathNot: ['^libs/$1/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'libs-know-no-app',
      comment: 'A lib that knows an app cannot be used by another one.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|bench|chaos|e2e)/' },
    },
    {
      name: 'dossier-is-pure',
      comment:
        'The rules of law and the figures import nothing, not even Node: they must give the same answer anywhere, at any time.',
      severity: 'error',
      from: { path: '^libs/dossier/src/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/dossier/src/' },
    },
    {
      name: 'contracts-know-the-rules-only',
      comment: 'Producers and consumers share contracts; a technology behind it would be shared with them.',
      severity: 'error',
      from: { path: '^libs/contracts/src/' },
      to: { path: '^libs/', pathNot: '^libs/(contracts|dossier)/' },
    },
    {
      name: 'platform-knows-contracts-only',
      comment: 'Platform is under everything; it needs only the shape of problem+json.',
      severity: 'error',
      from: { path: '^libs/platform/src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/', pathNot: '^libs/(platform|contracts)/' },
    },
    {
      name: 'event-log-knows-platform-only',
      comment:
        'The log carries bytes: it must not learn what a dossier is, or Kafka could not stand in for it.',
      severity: 'error',
      from: { path: '^libs/event-log/src/', pathNot: '\\.(spec|contract|fixture)\\.ts$' },
      to: { path: '^libs/', pathNot: '^libs/(event-log|platform)/' },
    },
    {
      name: 'store-knows-rules-contracts-platform',
      comment: 'Tables of the chain; above it only the apps.',
      severity: 'error',
      from: { path: '^libs/store/src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/', pathNot: '^libs/(store|dossier|contracts|platform)/' },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'The reference model must not become the thing that it judges.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/testing/', '\\.(spec|contract|fixture)\\.tsx?$'] },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'apps-do-not-know-each-other',
      comment:
        'Apps are processes and meet through the log and HTTP. standalone composes them and may; the measuring and testing programs too.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: ['^apps/standalone/', '\\.spec\\.ts$'] },
      to: { path: '^apps/([^/]+)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'bench-uses-demo-and-standalone',
      comment: 'The bench measures the product as it runs, with the demo’s load.',
      severity: 'error',
      from: { path: '^bench/' },
      to: { path: '^apps/', pathNot: '^apps/(demo|standalone)/' },
    },
    {
      name: 'traces-are-loaded-when-wanted',
      comment:
        'OpenTelemetry is switched on by the environment; a static import would load it in every process, and only these files would have to be rewritten for another one.',
      severity: 'error',
      from: { path: '^(apps|libs|e2e|bench|chaos)/', pathNot: '^libs/platform/src/otel-' },
      to: { path: ['node_modules/@opentelemetry/', '^libs/platform/src/otel-'], dynamic: false },
    },
    {
      name: 'everything-resolves',
      comment:
        'An import that leads nowhere, or to a package that package.json does not name, works only by luck.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-packages-in-the-product',
      comment: 'The image holds dependencies only; a devDependency would be missing at run time.',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: ['^apps/web/', '^libs/testing/', '\\.(spec|contract|fixture)\\.tsx?$', '/test/'],
      },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
    },
  },
};
