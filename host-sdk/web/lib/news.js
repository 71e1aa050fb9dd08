// What the server tells by itself: how the run goes on, how logins stand, lines of the log,
// what is being played and what routes deliver.
import { get } from './api.js';

const patience = 1000;  // ms until a refused connection is tried again
const listeners = new Map();
const heard = new Map();  // the last of each event
let source, missed = false;

// Of one of the events of the server, or 'again': news may have been missed, so ask.
export function listen(event, act) {
  if (!listeners.has(event)) listeners.set(event, new Set());
  listeners.get(event).add(act);
  return () => listeners.get(event).delete(act);
}

// The state that was asked for, or the one that was heard of while the answer was waited for: call it when listening.
export const newer = (event, state) => (heard.get(event)?.n > state.n ? heard.get(event) : state);

export function open() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource('/api/events');
  for (const event of ['run', 'link', 'log', 'live', 'delivery'])
    source.addEventListener(event, (message) => {
      const data = JSON.parse(message.data);
      heard.set(event, data);
      for (const act of listeners.get(event) ?? []) act(data);
    });
  source.addEventListener('open', () => {
    document.body.classList.remove('offline');
    if (missed) for (const act of listeners.get('again') ?? []) act();
    missed = false;
  });
  source.addEventListener('error', () => {
    document.body.classList.add('offline');
    missed = true;
    if (source.readyState === EventSource.CLOSED) setTimeout(reopen, patience);
  });
}

// The browser itself tries again while nobody answers, but not after a refusal: asking brings a new session or the password.
async function reopen() {
  try {
    await get('/api/session');
    open();
  } catch (error) {
    if (error.code !== 'login_needed') setTimeout(reopen, patience);
  }
}

// A browser has six connections to a server for all of its tabs together: those that nobody looks at take none.
document.addEventListener('visibilitychange', () => {
  if (!source) return;
  if (document.hidden) source.close();
  else if (source.readyState === EventSource.CLOSED) reopen();
  missed = true;
});
