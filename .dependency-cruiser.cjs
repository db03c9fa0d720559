/* The floors of the front end: api < components, commands < features < index. */
const FEATURES = 'tracking|run|chip|compare|promote|jobs|links';

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true }
    },
    {
      name: 'api-is-the-ground',
      severity: 'error',
      from: { path: '^src/api/', pathNot: '__tests__' },
      to: { path: '^src/', pathNot: '^src/(api/|svg\\.d\\.ts)' }
    },
    {
      name: 'components-know-no-feature',
      severity: 'error',
      from: { pathNot: '__tests__', path: '^src/(components/|commands\\.ts|icons\\.ts)' },
      to: { path: `^src/(${FEATURES})/|^src/index\\.ts` }
    },
    {
      name: 'features-never-import-one-another',
      severity: 'error',
      from: { path: `^src/(${FEATURES})/` },
      to: { path: `^src/(${FEATURES})/`, pathNot: '^src/$1/' }
    },
    {
      name: 'nothing-imports-the-index',
      severity: 'error',
      from: { path: '^src/', pathNot: '__tests__' },
      to: { path: '^src/index\\.ts' }
    }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' }
  }
};
