// Runs the tests of the page, or says why they are left out (exit 77).
//   node run.mjs CROSSWATCH PLEXSIM [FOLDER-FOR-SCREENSHOTS [TEST-FILE..]]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [crosswatch, plexsim, shots, ...files] = process.argv.slice(2);

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(77);
}

if (!crosswatch || !plexsim) {
  console.error('usage: node run.mjs CROSSWATCH PLEXSIM [FOLDER-FOR-SCREENSHOTS [TEST-FILE..]]');
  process.exit(2);
}
if (Number(process.versions.node.split('.')[0]) < 18) skip('Node 18 or newer is needed');
const chromium = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (!chromium) skip('there is no Chromium; scripts/setup --browser installs it');
if (!existsSync(join(here, 'node_modules', 'playwright-core')) || !existsSync(join(here, 'node_modules', 'axe-core'))) {
  const installed = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'ignore' });
  if (installed.status !== 0) skip(`playwright-core is not installed and npm could not fetch it (run "npm ci" in ${here})`);
}
// One file after the other: each starts a browser and several programs.
const env = { ...process.env, CROSSWATCH: crosswatch, PLEXSIM: plexsim, CHROMIUM: chromium, SCREENSHOTS: shots ?? '' };
let failed = 0;
for (const file of files.length > 0 ? files : ['page.test.mjs', 'live.test.mjs', 'guide.test.mjs'])
  if (spawnSync(process.execPath, ['--test', join(here, file)], { stdio: 'inherit', env }).status !== 0) failed = 1;
process.exit(failed);
