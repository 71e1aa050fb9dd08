// @ctrl/plex as a user of the simulated Plex: signs in by PIN, finds the server, lists, marks and rates.
import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const ready = JSON.parse(process.argv[2]);

// The library knows plex.tv by name only, so its requests are turned to ours underneath it.
const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  let url = String(typeof input === 'object' && 'url' in input ? input.url : input);
  url = url.replace(/^https:\/\/plex\.tv(?=\/|$)/, ready.plex_tv).replace(/^https:\/\/clients\.plex\.tv(?=\/|$)/, ready.clients);
  return realFetch(url, init);
};
// Its client identifier is a hardware address, which a container may not have.
os.networkInterfaces = () => ({
  eth0: [{ address: '10.0.0.2', netmask: '255.0.0.0', family: 'IPv4', mac: '02:00:00:00:00:01', internal: false, cidr: '10.0.0.2/8' }],
});
syncBuiltinESMExports();

const { MyPlexAccount, PlexServer } = await import('@ctrl/plex');

async function sim(method, path, body) {
  const answer = await realFetch(ready.control + path, { method, body: body ? JSON.stringify(body) : undefined });
  assert.equal(answer.status, 200, `${method} ${path}`);
  return answer.json();
}

let failures = 0;
async function test(name, run) {
  try {
    await run();
    console.log(`ok   ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAIL ${name}\n     ${error.stack}`);
  }
}

let account;
let server;
let movies;

await test('signs in with a PIN', async () => {
  const login = await MyPlexAccount.getWebLogin();
  assert.ok(login.id > 0);
  assert.ok(login.code.length > 10, 'a strong PIN is long');
  account = await MyPlexAccount.webLoginCheck(login, 10);
  assert.match(account.token, /^canary-acct-owner-/);
  assert.equal(account.username, 'olivia');
});

await test('finds the server in the account and connects to it', async () => {
  const resources = await account.resources();
  const own = resources.filter((r) => r.provides.includes('server'));
  assert.equal(own.length, 1);
  assert.equal(own[0].clientIdentifier, ready.servers[0].id);
  assert.match(own[0].accessToken, /^canary-srv-owner-/);
  server = await own[0].connect(true);
  assert.equal(server.machineIdentifier, ready.servers[0].id);
});

await test('lists libraries of each type', async () => {
  const sections = await (await server.library()).sections();
  assert.deepEqual(
    sections.map((s) => s.title).slice(0, 2),
    ['Movies', 'TV Shows'],
  );
  movies = sections[0];
});

await test('lists every film', async () => {
  const { keys } = await sim('GET', '/sim/keys?library=1&type=movie');
  const all = await movies.all();
  assert.deepEqual(
    all.map((m) => m.ratingKey),
    keys,
  );
  const film = all.find((m) => m.guid?.startsWith('plex://movie/'));
  assert.ok(film.title.length > 0 && film.duration > 0 && film.media.length === 1);
});

await test('lists shows, seasons and episodes', async () => {
  const shows = await (await server.library()).section('TV Shows');
  const show = (await shows.all())[0];
  const seasons = await show.seasons();
  assert.ok(seasons.length >= 2);
  const episodes = await show.episodes();
  assert.equal(episodes.length, show.leafCount);
  assert.equal(episodes[0].grandparentTitle, show.title);
});

await test('marks a film watched and unwatched', async () => {
  const film = (await movies.all()).find((m) => !m.viewCount && m.guid?.startsWith('plex://'));
  await film.markWatched();
  const facts = async () =>
    (await sim('GET', '/sim/world?user=owner&feature=history')).users[0].servers[0].history.find((f) => f.key === film.ratingKey);
  const watched = await facts();
  assert.equal(watched.views, 1);
  assert.deepEqual(watched.plays, [], 'a mark writes no play row');
  assert.ok(Math.abs(watched.last_viewed_at - Date.now() / 1000) < 60);
  await film.markUnwatched();
  assert.equal(await facts(), undefined);
});

await test('rates a film for this person only', async () => {
  const film = (await movies.all())[3];
  const before = (await sim('GET', '/sim/world?user=home&feature=ratings')).users[0].servers[0].ratings.find((f) => f.key === film.ratingKey);
  await film.rate(7.5);
  const own = (await sim('GET', '/sim/world?user=owner&feature=ratings')).users[0].servers[0].ratings.find((f) => f.key === film.ratingKey);
  assert.equal(own.rating, 7.5);
  const after = (await sim('GET', '/sim/world?user=home&feature=ratings')).users[0].servers[0].ratings.find((f) => f.key === film.ratingKey);
  assert.deepEqual(after, before);
});

await test('reads the history', async () => {
  const rows = await server.history(9_999_999, undefined, undefined, 1);
  assert.ok(rows.length > 150);
  assert.ok(rows.every((r) => r.accountID === 1));
  const newer = await server.history(9_999_999, new Date(1_700_000_000_000));
  assert.ok(newer.length > 0 && newer.length < rows.length * 2);
  assert.ok(newer.every((r) => r.viewedAt >= 1_700_000_000));
});

await test('a wrong token is refused', async () => {
  const stranger = new PlexServer(ready.servers[0].url, 'nobody');
  await assert.rejects(stranger.connect(), (error) => error.status === 401 || /401/.test(error.message));
});

console.log(failures === 0 ? 'all passed' : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
