// The API: see /api/openapi.json.

let csrf = '';
let onLogin = () => {};

export class ApiError extends Error {
  constructor(status, { code = 'failed', message = 'The server did not answer as expected.', remedy = '' } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

async function call(method, path, body, again = true) {
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
  // The session has ended, as when the server was started anew: the page brings another. What was refused was not done.
  if (again && ['no_session', 'no_csrf'].includes(answer.error?.code) && await renew()) return call(method, path, body, false);
  throw new ApiError(response.status, answer.error);
}

async function renew() {
  try {
    await fetch('/', { cache: 'reload' });
    const response = await fetch('/api/session');
    if (response.ok) csrf = (await response.json()).csrf;
    return response.ok;
  } catch {
    return false;  // the first refusal is told
  }
}

export const get = (path) => call('GET', path);
export const post = (path, body = {}) => call('POST', path, body);
export const put = (path, body) => call('PUT', path, body);
export const patch = (path, body) => call('PATCH', path, body);
export const del = (path) => call('DELETE', path);

export async function begin(whenLoginIsNeeded) {
  onLogin = whenLoginIsNeeded;
  const session = await get('/api/session');
  csrf = session.csrf;
  return session;
}

export async function login(password) {
  csrf = (await post('/api/login', { password })).csrf;
}

export const logout = () => post('/api/logout');

export const at = (provider, profile, rest = '') =>
  `/api/profiles/${encodeURIComponent(provider)}/${encodeURIComponent(profile)}${rest}`;
