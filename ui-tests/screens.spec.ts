/**
 * Every view in its four states, two themes and two widths, as pictures that people look at; the
 * test itself sees that each state says what it shall and that nothing sticks out.
 */
import { join } from 'node:path';

import { expect, galata, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator, Route } from '@playwright/test';

import { tooWide } from './layout';
import { execute, openNotebook } from './notebook';
import { seedJobs, seedRuns, type ISeeded } from './seed';

const PICTURES = join(__dirname, 'test-results', 'screenshots', 'states');
const STATES = ['loading', 'empty', 'error', 'full'] as const;

type State = (typeof STATES)[number];

interface IView {
  name: string;
  /** The routes on which the view lives. */
  routes: readonly (string | RegExp)[];
  /** What the routes answer where there is nothing. */
  nothing: object;
  open: (page: IJupyterLabPageFixture, seeded: ISeeded) => Promise<void>;
  root: string;
  /** What the full view shows. */
  full: string;
}

const PROBLEM = {
  code: 'store_unavailable',
  title: 'The store cannot be read',
  detail: 'The disk of the store is full.',
  hint: 'Free some space, then try again.'
};

const THEMES = { light: 'JupyterLab Light', dark: 'JupyterLab Dark' };

/** What the two bars beside the main area take, in pixels. */
const BARS = 80;

const MAIN = '.jp-MlopsLab-view:visible';

function show(page: IJupyterLabPageFixture, id: string, args: object = {}): Promise<void> {
  return page.evaluate(
    ([command, options]) =>
      void window.jupyterapp.commands.execute(command, options as Record<string, string>),
    [id, args] as const
  );
}

const VIEWS: readonly IView[] = [
  {
    name: 'sidebar',
    routes: [/mlops-lab\/api\/(runs|facets|glances|experiments)\?/],
    nothing: {
      runs: [],
      next_cursor: null,
      total: 0,
      seq: 0,
      is_total_exact: true,
      facets: [],
      glances: [],
      experiments: []
    },
    open: page => show(page, 'mlops-lab:show-runs'),
    root: '#mlops-lab-runs',
    full: 'forest'
  },
  {
    name: 'comparison',
    routes: [/mlops-lab\/api\/(runs\/batch-get|comparison|explanation)(\?|$)/],
    nothing: { runs: [], missing: [] },
    open: (page, { ids }) => show(page, 'mlops-lab:compare-runs', { runIds: ids.slice(0, 4) }),
    root: MAIN,
    full: 'max_depth'
  },
  {
    name: 'run',
    routes: [/mlops-lab\/api\/runs\/[0-9a-f]{32}($|\?)/],
    nothing: {},
    open: (page, { ids }) => show(page, 'mlops-lab:open-run', { runId: ids[0] }),
    root: MAIN,
    full: 'max_depth'
  },
  {
    name: 'jobs',
    routes: [/mlops-lab\/api\/(definitions|jobs)(\?|$)/],
    nothing: { definitions: [], jobs: [], next_cursor: null },
    open: page => show(page, 'mlops-lab:open-jobs'),
    root: MAIN,
    full: 'ZeroDivisionError'
  },
  {
    name: 'productionize',
    routes: [/mlops-lab\/api\/promotion-draft(\?|$)/],
    nothing: {},
    open: async page => {
      await openNotebook(page, 'nightly.ipynb');
      await show(page, 'mlops-lab:promote-notebook');
    },
    root: '.jp-MlopsLab-promoteDialog .jp-Dialog-content',
    full: 'rate'
  }
];

/** Have the routes of a view answer as the state wants. */
async function putInto(page: IJupyterLabPageFixture, view: IView, state: State): Promise<void> {
  const answers: Record<State, (route: Route) => Promise<void>> = {
    loading: () => new Promise(() => undefined),
    empty: route => route.fulfill({ json: view.nothing }),
    error: route =>
      route.fulfill({ status: 503, contentType: 'application/problem+json', json: PROBLEM }),
    full: route => route.continue()
  };
  for (const route of view.routes) {
    await page.route(route, answers[state]);
  }
}

async function expectState(root: Locator, view: IView, state: State): Promise<void> {
  switch (state) {
    case 'loading':
      return expect(root.locator('.jp-MlopsLab-skeleton').first()).toBeVisible();
    case 'empty':
      return expect(root.locator('.jp-MlopsLab-empty').first()).toBeVisible();
    case 'error':
      await expect(root.getByRole('alert').first()).toContainText(PROBLEM.detail);
      await expect(root.getByRole('alert').first()).toContainText(PROBLEM.hint);
      return expect(root.getByRole('button', { name: 'Retry' }).first()).toBeVisible();
    case 'full':
      return expect(root).toContainText(view.full);
  }
}

// Galata puts fonts of its own in place, which have no bold face; pictures show the real ones.
test.use({
  mockSettings: { ...galata.DEFAULT_SETTINGS, '@jupyterlab/apputils-extension:themes': {} }
});

let seeded: ISeeded;

test.beforeAll(async ({ request }) => {
  seeded = await seedRuns(request, { experiment: 'screens', count: 24 });
  await seedJobs(request, 'nightly.ipynb');
});

for (const view of VIEWS) {
  for (const state of STATES) {
    // A run always has its facts, and a form its fields: nothing is no state of theirs.
    if (['run', 'productionize'].includes(view.name) && state === 'empty') {
      continue;
    }
    test(`${view.name}: ${state}`, async ({ page }) => {
      await putInto(page, view, state);
      await view.open(page, seeded);
      const root = page.locator(view.root);
      await expectState(root, view, state);
      for (const width of view.name === 'sidebar' ? [300, 500] : [1280, 500]) {
        await narrow(page, view, width);
        for (const theme of ['light', 'dark'] as const) {
          // By command: a dialog keeps clicks from the menu.
          await execute(page, 'apputils:change-theme', { theme: THEMES[theme] });
          await expect(page.locator('#jupyterlab-splash')).toHaveCount(0);
          await page.mouse.move(0, 0);
          await expect.poll(() => root.evaluate(tooWide), { timeout: 5000 }).toEqual([]);
          await page.screenshot({
            path: join(PICTURES, `${view.name}-${state}-${theme}-${width}.png`),
            animations: state === 'loading' ? 'allow' : 'disabled'
          });
        }
      }
      await page.unrouteAll({ behavior: 'ignoreErrors' });
    });
  }
}

/** Give the view this width, in pixels: the sidebar by its handle, the others by the window. */
async function narrow(page: IJupyterLabPageFixture, view: IView, width: number): Promise<void> {
  if (view.name === 'sidebar') {
    await page.sidebar.setWidth(width, 'left');
    return;
  }
  if (view.root === MAIN) {
    await page.sidebar.close('left');
  }
  await page.setViewportSize({ width: width + BARS, height: 900 });
}
