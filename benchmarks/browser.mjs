/**
 * Owns what is measured in Chromium: `node benchmarks/browser.mjs` reads an order as JSON from its
 * input (`what` names one of the functions below) and prints what it measured as JSON.
 */
import { existsSync } from 'node:fs';
import process from 'node:process';

import { chromium } from '@playwright/test';

const CHROMIUM = process.env.MLOPS_LAB_CHROMIUM ?? '/usr/bin/chromium';
const OPTIONS = {
  ...(existsSync(CHROMIUM) ? { executablePath: CHROMIUM } : {}),
  args: ['--disable-dev-shm-usage', '--disable-gpu', '--no-sandbox', '--enable-precise-memory-info']
};
const DEADLINE_MS = 120_000;
const ROW = '#mlops-lab-runs [data-run-id]';

/** Give `use` a page of JupyterLab that is at rest. */
async function inLab(browser, url, use) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
    // What an earlier page left open would come back and be measured.
    await page.goto(`${url}${url.includes('?') ? '&' : '?'}reset`);
    await page.waitForFunction(() => window.jupyterapp?.commands.hasCommand('mlops-lab:show-runs'));
    await page.evaluate(() => window.jupyterapp.restored);
    await page.waitForTimeout(1500);
    return await use(page);
  } finally {
    await context.close();
  }
}

/** Milliseconds from `begin` until `selector` has `count` elements that are drawn. */
async function untilDrawn(page, { selector, count, command, args }) {
  return page.evaluate(
    async ({ selector, count, command, args }) => {
      const began = performance.now();
      void window.jupyterapp.commands.execute(command, args);
      while (document.querySelectorAll(selector).length < count) {
        await new Promise(requestAnimationFrame);
      }
      await new Promise(requestAnimationFrame);
      return performance.now() - began;
    },
    { selector, count, command, args }
  );
}

/** The files of ours that JupyterLab's start loads, before anything of ours is opened. */
async function start(browser, { url }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const loaded = [];
  page.on('response', answer => {
    const path = new URL(answer.url()).pathname;
    if (path.includes('/extensions/mlops-lab/')) {
      loaded.push(path.slice(path.indexOf('/extensions/mlops-lab/') + '/extensions/mlops-lab/'.length));
    }
  });
  await page.goto(url);
  await page.waitForFunction(() => window.jupyterapp?.commands.hasCommand('mlops-lab:show-runs'));
  await page.evaluate(() => window.jupyterapp.restored);
  await page.waitForTimeout(2000);
  await context.close();
  return { loaded };
}

/** From opening the panel until its rows are drawn, in a fresh page each time. */
async function list(browser, { url, repeats }) {
  const times = [];
  for (let round = 0; round < repeats; round += 1) {
    times.push(
      await inLab(browser, url, page =>
        untilDrawn(page, { selector: ROW, count: 8, command: 'mlops-lab:show-runs', args: {} })
      )
    );
  }
  return { times };
}

/** From the begin of the navigation until `selector` is drawn. */
async function open(browser, { url, selector, count, repeats }) {
  const times = [];
  for (let round = 0; round < repeats; round += 1) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(url, { waitUntil: 'commit' });
    await page.waitForFunction(
      ([wanted, most]) => document.querySelectorAll(wanted).length >= most,
      [selector, count],
      { timeout: DEADLINE_MS, polling: 'raf' }
    );
    times.push(await page.evaluate(() => performance.now()));
    await context.close();
  }
  return { times };
}

/** The times between frames while the wheel turns over what `selector` scrolls. */
async function turnWheel(page, selector, seconds) {
  const box = await page.locator(selector).first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + Math.min(box.height, 500) / 2);
  await page.evaluate(() => {
    window.frameTimes = [];
    let last = performance.now();
    const note = now => {
      window.frameTimes.push(now - last);
      last = now;
      window.frameRequest = requestAnimationFrame(note);
    };
    window.frameRequest = requestAnimationFrame(note);
  });
  const ends = Date.now() + seconds * 1000;
  while (Date.now() < ends) {
    await page.mouse.wheel(0, 180);
  }
  return page.evaluate(wanted => {
    cancelAnimationFrame(window.frameRequest);
    const scroller = document.querySelector(wanted);
    return { frames: window.frameTimes.slice(2), scrolled: scroller?.scrollTop ?? 0 };
  }, selector);
}

async function scroll(browser, { url, seconds }) {
  return inLab(browser, url, async page => {
    await untilDrawn(page, {
      selector: ROW,
      count: 8,
      command: 'mlops-lab:show-runs',
      args: {}
    });
    await page.waitForTimeout(1000);
    return turnWheel(page, '#mlops-lab-runs .jp-MlopsLab-runList', seconds);
  });
}

async function scrollElsewhere(browser, { url, ready, selector, seconds }) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(url);
  await page.locator(ready).first().waitFor({ timeout: DEADLINE_MS });
  await page.waitForTimeout(2000);
  const done = await turnWheel(page, selector, seconds);
  await page.close();
  return done;
}

/** When each run whose name begins with "probe" came into sight, and how much memory the page has. */
async function live(browser, { url, seconds }) {
  return inLab(browser, url, async page => {
    const session = await page.context().newCDPSession(page);
    const memory = async () => {
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize;
    };
    const panel = { selector: '#mlops-lab-runs', count: 1 };
    await untilDrawn(page, { ...panel, command: 'mlops-lab:show-runs', args: {} });
    await page.evaluate(selector => {
      window.seenAt = {};
      const look = () => {
        for (const row of document.querySelectorAll(selector)) {
          const name = /probe \d+/.exec(row.textContent)?.[0];
          if (name && !(name in window.seenAt)) {
            window.seenAt[name] = Date.now();
          }
        }
      };
      new MutationObserver(look).observe(document.querySelector('#mlops-lab-runs'), {
        childList: true,
        characterData: true,
        subtree: true
      });
    }, ROW);
    process.stderr.write('ready\n');
    await page.waitForTimeout(Math.min(20, seconds / 4) * 1000);
    const before = await memory();
    await page.waitForTimeout(Math.max(0, seconds - Math.min(20, seconds / 4)) * 1000);
    const after = await memory();
    return { seen: await page.evaluate(() => window.seenAt), before, after };
  });
}

/** From the command until the table of the comparison and its first charts are drawn. */
async function compare(browser, { url, runIds, charts, repeats }) {
  const rounds = [];
  for (let round = 0; round < repeats; round += 1) {
    rounds.push(
      await inLab(browser, url, page =>
        page.evaluate(
          async ({ runIds, charts }) => {
            const began = performance.now();
            const times = {};
            void window.jupyterapp.commands.execute('mlops-lab:compare-runs', { runIds });
            const drawn = {
              table: () =>
                document.querySelector('.jp-MlopsLab-matrix-line [role=rowheader]'),
              charts: () => {
                // They are drawn where somebody looks at them: below the table.
                document
                  .querySelector('.jp-MlopsLab-view [data-section=charts]')
                  ?.scrollIntoView();
                return (
                  document.querySelectorAll('.jp-MlopsLab-chart:has(.main-svg .trace)').length >=
                  charts
                );
              }
            };
            for (const [name, isDrawn] of Object.entries(drawn)) {
              while (!isDrawn()) {
                await new Promise(requestAnimationFrame);
                if (performance.now() - began > 60_000) {
                  throw new Error(`the ${name} did not come`);
                }
              }
              times[name] = performance.now() - began;
            }
            return times;
          },
          { runIds, charts }
        )
      )
    );
  }
  return { rounds };
}

const WHAT = { start, list, open, scroll, scrollElsewhere, live, compare };

let text = '';
for await (const part of process.stdin) {
  text += part;
}
const order = JSON.parse(text);
const browser = await chromium.launch(OPTIONS);
try {
  process.stdout.write(JSON.stringify(await WHAT[order.what](browser, order)));
} finally {
  await browser.close();
}
