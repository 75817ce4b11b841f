// Rules that find mistakes; layout is prettier's. `npm run check` allows no warning.
import tseslint from 'typescript-eslint';

const ENVIRONMENT = {
  selector: 'MemberExpression[object.name="process"][property.name="env"]',
  message:
    'The environment is read in libs/platform/src/config.ts only; take what you need from the configuration.',
};

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '**/.demo*/', '**/.data/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './apps/web/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // A promise nobody waits for is a fault nobody hears of.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // A new event type or class must be answered everywhere.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always'],
      'no-restricted-syntax': ['error', ENVIRONMENT],
      // Numbers read well in messages; what must not be printed are objects and undefined.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `return void reply.send(…)` says in one line that nothing is answered.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Nest's modules are classes without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      // `!` says what the line before has made sure of; with noUncheckedIndexedAccess every array needs it.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // It takes what a signal or a `let` said before an `await` for what it says after it; tsc finds the real ones.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // `query<Row>(sql)` and `read<Doc>(path)`: what comes from outside is named where it comes in.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Nest's option types are classes, and its `@EventPattern<string>` needs its argument.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
    },
  },
  {
    // Where the environment belongs: its one reader, and programs that are not part of the server.
    files: [
      'libs/platform/src/config.ts',
      'libs/testing/**',
      'apps/demo/src/main.ts',
      'bench/**',
      'chaos/**',
      'e2e/**',
      '**/*.spec.ts',
      '**/*.fixture.ts',
    ],
    rules: {
      'no-restricted-syntax': 'off',
      // Handles of started servers are closures behind method signatures; taking them apart is safe.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Nest reads the types of decorated members at run time: an import turned into `import type` is gone by then.
    files: ['**/*.module.ts', '**/*.controller.ts', '**/*.consumer.ts', '**/*.filter.ts', '**/entities.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    // Grafana 12 and older read dashboards from files in the form that the SDK has begun to call old.
    files: ['deploy/grafana/src/**'],
    rules: { '@typescript-eslint/no-deprecated': 'off' },
  },
  {
    // The build's own scripts; plain JavaScript, without types to check.
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    rules: { eqeqeq: ['error', 'always'], 'no-unused-vars': 'error', 'prefer-const': 'error' },
  },
);
