// What mends an error. A remedy is a sentence for the command line; here the commands in it become links to the screens that do the same.

const ofProfile = { connect: 'connect', disconnect: 'connect', select: 'settings', users: 'settings', servers: 'settings', status: 'settings', libraries: 'libraries' };
const screens = { plugins: ['/', 'Providers'], profile: ['/', 'Providers'], pair: ['/pairs', 'Pairs'], sync: ['/run', 'Run'], plan: ['/run', 'Run'], runs: ['/runs', 'Runs'],
  held: ['/held', 'Held'], parked: ['/parked', 'Parked'], capture: ['/captures', 'Captures'], route: ['/routes', 'Routes'], progress: ['/progress', 'Progress'] };
const names = { connect: 'Connect', settings: 'Settings', libraries: 'Libraries' };
const here = { settings: 'the choice of server and user' };  // what is meant, to whoever is there

const word = '[\\w./:@*-]*[\\w/*-]';  // the full stop or comma behind it is the sentence's
const one = ` ${word}`;
// What belongs to "crosswatch GROUP VERB" besides options; the words behind it are the sentence again.
const behind = { enable: one, disable: one, info: one, check: one, remove: one, show: one, unset: one, get: one, set: one + one, add: ' [a-z][\\w-]* [A-Z]+' };
const command = new RegExp(`crosswatch (?:(config|${Object.keys(screens).join('|')})(?: (?!--)([a-z]+))?|([a-z]+)(?: (?!--)(${word}))?)`, 'g');
const options = new RegExp(`(?: --(?:profile|user|server|set|source|target|id|approve|listen) (?!--)${word}| --[a-z-]+)*`, 'y');

// In capitals a word only stands for a name, which is then chosen among all that there are.
const profileScreen = (provider, profile, part) => (/^[A-Z]*$/.test(provider) || /^[A-Z]+$/.test(profile) ? screens.profile
  : [`/p/${encodeURIComponent(provider)}/${encodeURIComponent(profile)}/${part}`, names[part], here[part]]);

function settingScreen(key) {
  const [, provider, profile = 'default'] = /^([a-z][\w-]*)(?:\.instances\.([\w-]+))?\./.exec(key) ?? [];
  return provider && !['server', 'runtime', 'safety', 'plugins'].includes(provider) ? profileScreen(provider, profile, 'settings') : undefined;
}

// The sentence in parts: text, {href, name, here} for what a screen does, {code} for what only the command line does.
export function remedyParts(text = '') {
  const parts = [];
  let from = 0, before = '';
  const take = (pattern) => {
    pattern.lastIndex = command.lastIndex;
    const found = pattern.exec(text)?.[0] ?? '';
    command.lastIndex += found.length;
    return found;
  };
  command.lastIndex = 0;
  for (let found; (found = command.exec(text));) {
    const [whole, group, sub, verb, first = ''] = found;
    const rest = sub in behind ? take(new RegExp(behind[sub], 'y')) : '';
    const given = take(options);
    const place = group === 'config' ? (sub === 'check' ? screens.profile : settingScreen(rest.trim())) : group ? screens[group]
      : verb in ofProfile ? profileScreen(first, / --profile ([\w-]+)/.exec(given)?.[1] ?? 'default', ofProfile[verb]) : undefined;
    const between = text.slice(from, found.index);
    from = command.lastIndex;
    // Two commands that one screen does: "servers, then select".
    if (place && place[0] === before && /^,? ?(then|and choose:?) $/.test(between)) continue;
    parts.push(between, place ? { href: `#${place[0]}`, name: place[1], here: place[2] ?? place[1] } : { code: whole + rest + given });
    before = place?.[0];
  }
  return [...parts, text.slice(from)].filter((part) => part !== '');
}
