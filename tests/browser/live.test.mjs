// What happens while people watch: routes, what is being played, and what is unfinished.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { follow, headed, link, menu, noComplaints, press, says, switchOn } from './steps.mjs';
import { closeBrowser, openPage, overflow, shot, story, violations } from './world.mjs';

after(closeBrowser);

const did = (world, op, fact) => world.simulate('POST', '/sim/fact', { op, ...fact });
const facts = (world, provider, feature) => world.command('snapshot', provider, feature).trim().split('\n').map((line) => JSON.parse(line)).filter((f) => !f.end);

// Films that were begun and are not watched, as many as there are positions; no other title is unfinished.
async function begun(world, positions) {
  const watched = new Set(facts(world, 'plex', 'history').map((f) => f.ref));
  const unfinished = facts(world, 'plex', 'progress');
  const keys = unfinished.filter((f) => f.type === 'movie' && !watched.has(f.ref)).slice(0, positions.length).map((f) => f.ref.split('/').pop());
  assert.equal(keys.length, positions.length);
  for (const { ref } of unfinished) await did(world, 'progress', { key: ref.split('/').pop(), ms: 0 });
  for (const [i, key] of keys.entries()) await did(world, 'progress', { key, ms: positions[i] });
  return keys;
}

story('a route is made, brings what is played, shows what is playing, and is changed and removed', async (world) => {
  const page = await openPage(world.url);
  await menu(page, 'Routes');
  await says(page, 'Not yet possible');
  await menu(page, 'Providers');
  await switchOn(page);
  await link(world, page);
  await menu(page, 'Routes');
  await follow(page, 'Make a route');
  await headed(page, 'Make a route');
  assert.equal(await page.getByRole('checkbox', { name: /^Plays/ }).isChecked(), true);
  assert.deepEqual(await violations(page), []);
  await shot(page, 'live-1-new-route');
  await page.getByRole('checkbox', { name: /^Off the watchlist/ }).check();
  await press(page, 'Make the route');
  const card = page.getByRole('article', { name: 'Route r1' });
  await card.getByText('Live', { exact: true }).waitFor();
  assert.deepEqual(world.config().routes[0].events, ['plays', 'finished']);

  const [key] = await begun(world, [600000]);
  await did(world, 'playing', { key, ms: 600000 });
  await menu(page, 'Progress');
  const now = page.getByRole('region', { name: 'Now playing' });
  await now.getByText('Playing', { exact: true }).waitFor();
  await now.getByText(/^This is what .* tells, where a route begins/).waitFor();
  await now.getByText(/^10:00 of /).waitFor();
  assert.deepEqual(await violations(page), []);
  await shot(page, 'live-2-now-playing');
  const before = facts(world, 'tracker', 'history').length;
  await did(world, 'play', { key });
  await did(world, 'playing', { key, ms: -1 });
  await now.getByText('Nothing is playing now.').waitFor();
  while (facts(world, 'tracker', 'history').length === before) continue;

  await menu(page, 'Routes');
  await shot(page, 'live-3-routes');
  assert.deepEqual(await violations(page), []);
  await card.getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('checkbox', { name: 'Films' }).check();
  await page.getByRole('checkbox', { name: 'Movies', exact: true }).check();
  await page.getByRole('checkbox', { name: 'olivia', exact: true }).check();
  assert.deepEqual(await violations(page), []);
  await shot(page, 'live-4-edit-route');
  await press(page, 'Save the route');
  await card.getByText('only films').waitFor();
  assert.deepEqual(world.config().routes[0].filters, { types: ['movies'], libraries: ['1'], users: [String(world.config().plex.user_id)] });
  await card.getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('checkbox', { name: 'olivia', exact: true }).uncheck();
  await press(page, 'Save the route');
  await card.getByText('only films').waitFor();
  assert.equal(await card.getByText('1 user').count(), 0);
  assert.deepEqual(world.config().routes[0].filters, { types: ['movies'], libraries: ['1'], users: [] });
  await press(page, 'Switch off: route r1');
  await card.getByText('Off', { exact: true }).waitFor();
  page.once('dialog', (dialog) => dialog.accept());
  await press(page, 'Remove: route r1');
  await says(page, 'No routes yet');
  noComplaints(page);
});

story('what is unfinished is shown over all profiles, and a position is set and cleared after a question', async (world) => {
  const page = await openPage(world.url);
  await switchOn(page);
  await link(world, page);
  const [one, two] = await begun(world, [1200000, 1800000]);
  await did(world, 'retitle', { key: one, title: 'The Long Film' });
  await did(world, 'retitle', { key: two, title: 'The Other Film' });
  world.command('pair', 'add', '--source', 'plex', '--target', 'tracker', '--features', 'progress');
  world.command('sync');
  await did(world, 'progress', { key: one, ms: 2400000 });
  await menu(page, 'Progress');
  const row = page.getByRole('row').filter({ hasText: 'The Long Film' });
  await row.getByText('differs').waitFor();
  await row.getByText(/^40:00 of /).waitFor();
  await row.getByText(/^20:00 of /).waitFor();
  assert.deepEqual(await violations(page), []);
  await shot(page, 'live-5-progress');
  await page.getByLabel('Only what differs').check();
  await says(page, /^1 of 2 titles/);
  await page.getByLabel('Only what differs').uncheck();
  await page.getByLabel('Search').fill('other');
  await page.getByRole('row').filter({ hasText: 'The Long Film' }).waitFor({ state: 'detached' });
  await page.getByLabel('Search').fill('');

  await press(page, 'Set: The Long Film');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Position').fill('soon');
  await dialog.getByRole('button', { name: 'Store the position' }).click();
  await dialog.getByText(/minutes and seconds, such as/).waitFor();
  assert.deepEqual(await violations(page), []);
  await shot(page, 'live-6-set');
  await dialog.getByLabel('Position').fill('30:00');
  await dialog.getByRole('checkbox', { name: /^Plex/ }).uncheck();
  await dialog.getByRole('button', { name: 'Store the position' }).click();
  await page.getByText('The position is stored.').waitFor();
  await row.getByText(/^30:00 of /).waitFor();
  assert.equal(facts(world, 'tracker', 'progress').find((f) => f.title === 'The Long Film').progress_ms, 1800000);
  assert.equal(facts(world, 'plex', 'progress').find((f) => f.title === 'The Long Film').progress_ms, 2400000);

  // While it is being played nothing is stored, and the page says why.
  await did(world, 'playing', { key: one, ms: 2500000 });
  await press(page, 'Set: The Long Film');
  await dialog.getByLabel('Position').fill('5:00');
  await dialog.getByRole('checkbox', { name: /^Local tracker/ }).uncheck();
  await dialog.getByRole('button', { name: 'Store the position' }).click();
  await dialog.getByText(/Plex: not stored – /).waitFor();
  await shot(page, 'live-7-refused');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await did(world, 'playing', { key: one, ms: -1 });

  await press(page, 'Clear: The Other Film');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(facts(world, 'tracker', 'progress').length, 2);
  await press(page, 'Clear: The Other Film');
  await dialog.getByRole('checkbox', { name: /^Plex/ }).uncheck();
  await dialog.getByRole('button', { name: 'Clear the position' }).click();
  await page.getByText('The position is taken away.').waitFor();
  await page.getByRole('row').filter({ hasText: 'The Other Film' }).getByText(/not begun at Local tracker/).waitFor();
  assert.equal(facts(world, 'tracker', 'progress').length, 1);
  noComplaints(page);
});

story('routes and positions fit a phone, in the dark as well, and can be used with the keyboard', async (world) => {
  const page = await openPage(world.url, { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
  const fits = async (name) => {
    assert.equal(await overflow(page), 0, `${name} has to be scrolled sideways`);
    assert.deepEqual(await violations(page), [], name);
    await shot(page, `phone-live-${name}`);
  };
  await switchOn(page);
  await link(world, page);
  const [key] = await begun(world, [1200000]);
  await menu(page, 'Routes');
  await follow(page, 'Make a route');
  await headed(page, 'Make a route');
  await fits('new-route');
  await press(page, 'Make the route');
  const card = page.getByRole('article', { name: 'Route r1' });
  await card.getByText('Live', { exact: true }).waitFor();
  await fits('routes');
  await did(world, 'playing', { key, ms: 1200000 });
  await menu(page, 'Progress');
  await page.getByRole('region', { name: 'Now playing' }).getByText('Playing', { exact: true }).waitFor();
  await page.getByRole('button', { name: /^Set: / }).waitFor();
  await fits('progress');
  await did(world, 'playing', { key, ms: -1 });
  await page.getByRole('button', { name: /^Set: / }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await fits('set');
  await page.keyboard.type('25:00');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  noComplaints(page);
});

story('a long list of unfinished titles is shown a page at a time', async (world) => {
  world.command('plugins', 'enable', 'tracker');
  const lines = Array.from({ length: 320 }, (_, i) => JSON.stringify({ type: 'movie', ids: { imdb: `tt${1000000 + i}` }, title: `Film ${i + 1}`, progress_ms: 600000, duration_ms: 6000000, progress_at: '2024-03-01T20:15:00Z' }));
  world.pipe(`${lines.join('\n')}\n${JSON.stringify({ end: true, complete: true, count: lines.length })}\n`, 'import', 'tracker', 'progress', '-');
  const page = await openPage(`${world.url}#/progress`);
  await says(page, /^320 titles/);
  const rows = () => page.getByRole('table', { name: 'Unfinished titles' }).locator('tbody tr').count();
  assert.ok(await rows() <= 200);
  for (let i = 0; i < 6; ++i) await press(page, 'Next');
  await says(page, '301 to 320 of 320');
  assert.equal(await rows(), 20);
  await page.getByLabel('Search').fill('Film 7');
  await says(page, /^11 of 320 titles/);
  noComplaints(page);
});

story('what a route could not deliver is listed with the reason, and is delivered again or dropped', async (world) => {
  const page = await openPage(world.url);
  await switchOn(page);
  await link(world, page);
  world.command('route', 'add', '--source', 'plex', '--target', 'tracker');
  let items = ['The Long Film', 'The Other Film'].map((title, i) => ({ number: i + 1, route: 'r1', feature: 'history', type: 'movie', title, ids: {}, at: null,
    since: '2024-03-01T20:15:00Z', reason: 'not_in_library: the target has no such title' }));
  const asked = [];
  // The tracker takes everything, so the server's part is played here.
  await page.route('**/api/deliveries', async (route) => {
    if (route.request().method() === 'POST') {
      const { numbers, change } = route.request().postDataJSON();
      asked.push(`${change} ${numbers}`);
      items = items.filter((i) => !numbers.includes(i.number));
    }
    await route.fulfill({ json: { items } });
  });
  await menu(page, 'Routes');
  await says(page, 'the target has no such title');
  assert.deepEqual(await violations(page), []);
  await shot(page, 'live-8-parked');
  await press(page, 'Drop: The Other Film');
  await page.getByRole('row').filter({ hasText: 'The Other Film' }).waitFor({ state: 'detached' });
  await press(page, 'Deliver again: The Long Film');
  await page.getByRole('region', { name: 'Not delivered' }).waitFor({ state: 'detached' });
  assert.deepEqual(asked, ['discard 2', 'retry 1']);
  noComplaints(page);
});
