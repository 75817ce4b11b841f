// Rules that find mistakes; layout is prettier's. `npm run check` allows no warning.
import tseslint from 'typescript-eslint';

/** Nest reads constructor types at run time, so their imports must not be turned into type imports. */
const decorated = [
  '**/*.module.ts',
  '**/*.controller.ts',
  '**/*.consumer.ts',
  '**/*.filter.ts',
  '**/entities.ts',
];

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '**/.demo*/', '**/.data/'] },
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
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      eqeqeq: ['error', 'always'],
    },
  },
);
