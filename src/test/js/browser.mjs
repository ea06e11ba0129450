// The dev page in a real browser, with a real folder: alice sees what happens there, bob nothing.
//
//   node browser.mjs <page url> <watched folder> [screenshot.png]
//
// The browser is Debian's chromium, or the one that CHROMIUM names. Exit code 0: as promised; 1: not.

import {mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const TIMEOUT = 15_000;

const [url, folder, screenshot] = process.argv.slice(2);
if (!url || !folder) {
  console.error('usage: node browser.mjs <page url> <watched folder> [screenshot.png]');
  process.exit(2);
}

// Chromium writes a profile and a cache wherever HOME points: into a folder of this run
const home = await mkdtemp(join(tmpdir(), 'switchboard-browser-'));
const name = `browser-${process.pid}`;
const first = join(folder, `${name}.txt`);
const second = join(folder, `${name}-renamed.txt`);
let browser;

/** Waits for the row of an event in a panel. */
async function sees(page, user, type, path) {
  const row = page.locator(`[data-panel="${user}"] [data-event][data-type="${type}"][data-path="${path}"]`);
  await row.first().waitFor({state: 'visible', timeout: TIMEOUT});
  console.log(`ok: ${user} sees ${type} ${path}`);
}

async function signIn(page, user) {
  await page.locator(`[data-panel="${user}"] [data-action="sign-in"]`).click();
  await page.locator(`[data-panel="${user}"][data-state="connected"]`).waitFor({timeout: TIMEOUT});
  console.log(`ok: ${user} is connected`);
}

try {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    env: {...process.env, HOME: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_CACHE_HOME: join(home, 'cache')},
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-default-apps',
      '--disable-sync',
      '--disable-domain-reliability',
      '--disable-breakpad',
      '--no-first-run',
      '--no-pings',
      '--metrics-recording-only',
    ],
  });
  const page = await browser.newPage({viewport: {width: 1200, height: 800}});
  const problems = [];
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('request', (request) => {
    const to = new URL(request.url());
    if (to.protocol.startsWith('http') && to.host !== new URL(url).host) {
      problems.push(`the page asked ${to.host}`);
    }
  });
  await page.goto(url, {timeout: TIMEOUT});
  await signIn(page, 'alice');
  await signIn(page, 'bob');
  // Nothing acknowledges a sign-in in this dialect: commands of a session are processed in order, so when alice's token
  // counts can only be seen by its effect. Touch a probe until she sees it.
  const probe = join(folder, `${name}-probe.txt`);
  const probed = page.locator(`[data-panel="alice"] [data-event][data-path="files/${name}-probe.txt"]`);
  const end = Date.now() + TIMEOUT;
  for (let i = 0; (await probed.count()) === 0; i++) {
    if (Date.now() > end) {
      throw new Error('alice never saw anything');
    }
    await writeFile(probe, `probe ${i}\n`);
    await probed.first().waitFor({timeout: 1_000}).catch(() => {});
  }
  console.log('ok: events arrive');

  await writeFile(first, 'hello\n');
  await sees(page, 'alice', 'CREATE', `files/${name}.txt`);
  await rename(first, second);
  await sees(page, 'alice', 'UPDATE_PATH', `files/${name}-renamed.txt`);
  await writeFile(second, 'hello, and more\n');
  await sees(page, 'alice', 'UPDATE_CONTENT', `files/${name}-renamed.txt`);
  if (screenshot) {
    await page.screenshot({path: screenshot, fullPage: true});
    console.log(`screenshot: ${screenshot}`);
  }
  await rm(second);
  await sees(page, 'alice', 'DELETE', `files/${name}-renamed.txt`);
  await rm(probe);
  await sees(page, 'alice', 'DELETE', `files/${name}-probe.txt`);

  // both are in the lobby: bob reads what alice writes, and no markup of hers becomes his page's
  const say = page.locator('[data-panel="alice"] [data-part="chat-text"]');
  await page.locator('[data-panel="bob"] [data-part="chat-users"]', {hasText: 'alice'}).waitFor({timeout: TIMEOUT});
  await say.fill('hello <b>bob</b><script>document.title = "broken"</script> 1 < 2');
  await say.press('Enter');
  const heard = page.locator('[data-panel="bob"] [data-message]').last();
  await heard.filter({hasText: 'hello bob 1 < 2'}).waitFor({timeout: TIMEOUT});
  if ((await page.title()) !== 'Switchboard' || (await heard.locator('script').count()) !== 0) {
    throw new Error('a message became part of the page');
  }
  console.log('ok: bob reads what alice says');
  if (screenshot) {
    await page.screenshot({path: screenshot, fullPage: true});
  }

  // the last event has reached alice, so whatever bob was to get was sent before or with it
  const bob = await page.locator('[data-panel="bob"] [data-event]').count();
  const state = await page.locator('[data-panel="bob"]').getAttribute('data-state');
  if (bob !== 0 || state !== 'connected') {
    throw new Error(`bob saw ${bob} events and is ${state}`);
  }
  console.log('ok: bob is connected and saw nothing');
  if (problems.length > 0) {
    throw new Error(problems.join('; '));
  }
  console.log('passed');
} catch (error) {
  console.error(`failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser?.close();
  await Promise.all([first, second, join(folder, `${name}-probe.txt`)].map((file) => rm(file, {force: true})));
  await rm(home, {recursive: true, force: true});
}
