// Starts plexsim, runs client.mjs against it, ends it. Exit 77 = skipped, with the reason.
//   node check.mjs PATH-TO-PLEXSIM
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(77);
}

const binary = process.argv[2];
if (!binary || !existsSync(binary)) {
  console.error('usage: node check.mjs PATH-TO-PLEXSIM');
  process.exit(2);
}
if (Number(process.versions.node.split('.')[0]) < 18) skip('Node 18 or newer is needed');
if (!existsSync(join(here, 'node_modules', '@ctrl', 'plex'))) {
  const installed = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'ignore' });
  if (installed.status !== 0) skip(`@ctrl/plex is not installed and npm could not fetch it (run "npm ci" in ${here})`);
}

const sim = spawn(binary, ['--movies', '300', '--shows', '12', '--auto-approve', 'owner', '--approve-after-polls', '0', '--die-with-parent'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ready = await new Promise((resolve, reject) => {
  createInterface({ input: sim.stdout }).once('line', (line) => resolve(JSON.parse(line)));
  sim.once('exit', (code) => reject(new Error(`plexsim ended with ${code}`)));
});
sim.removeAllListeners('exit');
const client = spawn(process.execPath, [join(here, 'client.mjs'), JSON.stringify(ready)], {
  stdio: 'inherit',
  // read once, when a process starts: hence the second process
  env: { ...process.env, NODE_EXTRA_CA_CERTS: ready.ca_file },
});
const code = await new Promise((resolve) => client.once('exit', resolve));
sim.kill('SIGTERM');
await new Promise((resolve) => sim.once('exit', resolve));
process.exit(code ?? 1);
