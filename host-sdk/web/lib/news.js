// What the server tells by itself: how the run goes on, how logins stand, lines of the log,
// what is being played and what routes deliver.

const listeners = new Map();
let source;

export function listen(event, act) {
  if (!listeners.has(event)) listeners.set(event, new Set());
  listeners.get(event).add(act);
  return () => listeners.get(event).delete(act);
}

export function open() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource('/api/events');
  for (const event of ['run', 'link', 'log', 'live', 'delivery'])
    source.addEventListener(event, (message) => {
      const data = JSON.parse(message.data);
      for (const act of listeners.get(event) ?? []) act(data);
    });
  source.addEventListener('open', () => document.body.classList.remove('offline'));
  source.addEventListener('error', () => document.body.classList.add('offline'));
}
