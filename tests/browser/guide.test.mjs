// Makes the pictures of docs/user-guide.md: the way of a new user, in a library without odd titles. They are written
// beside the other screenshots; scripts/screenshots puts them into docs/.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { code, dryRun, follow, makePair, menu, press, says, switchOn } from './steps.mjs';
import { World, closeBrowser, openPage, overflow, shot } from './world.mjs';

after(closeBrowser);

const largest = 60 * 1024;  // bytes; they are kept with the sources

test('the pictures of the user guide show what a new user sees', { timeout: 120000 }, async () => {
  const world = await World.start(['--movies', '160', '--shows', '8', '--plays', '120', '--nasty', '0']);
  try {
    const page = await openPage(world.url, { viewport: { width: 900, height: 560 } });
    const take = async (name, top) => {
      // News of the step before would cover something, and a picture needs no focus.
      await page.evaluate(() => {
        document.getElementById('toasts').replaceChildren();
        document.activeElement?.blur();
        window.scrollTo(0, 0);
      });
      // Below the bar that stays.
      await top?.evaluate((el) => window.scrollTo(0, el.getBoundingClientRect().top - 110));
      assert.equal(await overflow(page), 0, name);
      const file = await shot(page, name);
      if (file) assert.ok(statSync(file).size < largest, `${name} has ${statSync(file).size} bytes`);
    };
    await switchOn(page);
    await take('guide-providers');
    await follow(page, 'Connect');
    await press(page, 'Connect Plex');
    const shown = await code(page);
    await take('guide-code');
    await world.approve(shown);
    await says(page, 'Plex is linked.');
    await follow(page, 'Next: check server and user');
    await page.getByRole('radio', { name: /frida/ }).waitFor();
    await take('guide-users', page.getByRole('heading', { name: 'User', exact: true }));
    await follow(page, 'Next: choose libraries');
    await page.locator('.matrix').waitFor();
    await take('guide-libraries');
    await makePair(page);
    await dryRun(page);
    await page.locator('.item').first().waitFor();
    await take('guide-plan');
    await press(page, 'Run now');
    await page.getByRole('link', { name: 'Every item of this run' }).waitFor();
    await menu(page, 'Captures');
    await press(page, 'Take a capture');
    await page.getByRole('table', { name: 'Captures, newest first' }).getByRole('link').first().click();
    await page.locator('.item').first().waitFor();
    await take('guide-capture');
    // Somebody watches on, past what the other side has.
    world.command('route', 'add', '--source', 'plex', '--target', 'tracker');
    await menu(page, 'Routes');
    await page.getByRole('article', { name: 'Route r1' }).getByText('Live', { exact: true }).waitFor();
    const begun = world.command('snapshot', 'plex', 'progress').trim().split('\n').map((line) => JSON.parse(line)).find((f) => f.type === 'movie');
    await world.simulate('POST', '/sim/fact', { op: 'playing', key: begun.ref.split('/').pop(), ms: begun.progress_ms + 600000 });
    await menu(page, 'Progress');
    await page.getByRole('region', { name: 'Now playing' }).getByText('Playing', { exact: true }).waitFor();
    await page.getByRole('table', { name: 'Unfinished titles' }).waitFor();
    await take('guide-progress', page.getByRole('region', { name: 'Now playing' }));
    const phone = await openPage(world.url, { viewport: { width: 360, height: 560 }, colorScheme: 'dark' });
    await phone.getByRole('heading', { level: 1, name: 'Providers' }).waitFor();
    await phone.locator('.badge', { hasText: 'checking' }).first().waitFor({ state: 'detached' });
    await shot(phone, 'guide-phone');
  } finally {
    await world.stop();
  }
});
