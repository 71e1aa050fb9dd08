// The API: see /api/openapi.json.

let csrf = '';
let session = {};
let onLogin = () => {};

export class ApiError extends Error {
  constructor(status, { code = 'failed', message = 'The server did not answer as expected.', remedy = '' } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'X-CSRF-Token': csrf }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, { code: 'no_server', message: 'CrossWatch does not answer. Is it still running?' });
  }
  let answer = {};
  try {
    answer = await response.json();
  } catch {
    throw new ApiError(response.status);
  }
  if (response.ok) return answer;
  if (answer.error?.code === 'login_needed') onLogin();
  // The server was started anew: the page brings a new session.
  if (answer.error?.code === 'no_session' || answer.error?.code === 'no_csrf') await renew();
  throw new ApiError(response.status, answer.error);
}

async function renew() {
  await fetch('/', { cache: 'reload' });
  const response = await fetch('/api/session');
  if (response.ok) csrf = (await response.json()).csrf;
}

export const get = (path) => call('GET', path);
export const post = (path, body = {}) => call('POST', path, body);
export const put = (path, body) => call('PUT', path, body);
export const patch = (path, body) => call('PATCH', path, body);
export const del = (path) => call('DELETE', path);

export async function begin(whenLoginIsNeeded) {
  onLogin = whenLoginIsNeeded;
  session = await get('/api/session');
  csrf = session.csrf;
  return session;
}

export async function login(password) {
  csrf = (await post('/api/login', { password })).csrf;
}

export async function logout() {
  await post('/api/logout');
}

export const at = (provider, profile, rest = '') =>
  `/api/profiles/${encodeURIComponent(provider)}/${encodeURIComponent(profile)}${rest}`;
