// What a person does on the page, step by step, by what is written on it.
import assert from 'node:assert/strict';

export const press = (page, name) => page.getByRole('main').getByRole('button', { name }).first().click();
export const follow = (page, name) => page.getByRole('main').getByRole('link', { name }).first().click();
// The link may also tell how many items wait there.
export const menu = (page, name) =>
  page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: new RegExp(`^${name}( ?\\d|$)`) }).click();
export const headed = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
export const says = (page, text) => page.getByRole('main').getByText(text).first().waitFor();

export async function switchOn(page) {
  await press(page, 'Switch on: Plex');
  await page.getByRole('button', { name: 'Switch off: Plex' }).waitFor();
  await press(page, 'Switch on: Local tracker');
  await page.getByRole('button', { name: 'Switch off: Local tracker' }).waitFor();
}

export const code = async (page) => (await page.locator('.code').textContent()).trim();

export async function getCode(page) {
  await follow(page, 'Connect');
  await press(page, 'Connect Plex');
  return code(page);
}

export async function link(world, page, user = 'owner') {
  await world.approve(await getCode(page), user);
  await says(page, 'Plex is linked.');
}

export async function makePair(page) {
  await menu(page, 'Pairs');
  await follow(page, 'Make a pair');
  await press(page, 'Make the pair');
  await page.getByRole('article', { name: 'Pair p1' }).waitFor();
}

// Everything up to a pair that could run.
export async function setUp(world, page) {
  await switchOn(page);
  await link(world, page);
  await makePair(page);
}

export async function dryRun(page) {
  await menu(page, 'Run');
  await page.getByRole('button', { name: 'Dry run' }).click();
}

export function noComplaints(page) {
  assert.deepEqual(page.complaints, []);
}
