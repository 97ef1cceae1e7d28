// Talks to the sandbox. Every function answers parsed JSON, or throws an Error with words for people.

async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The sandbox does not answer. Is it running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `The sandbox answered ${response.status}.`);
  return answer;
}

export const state = () => call("GET", "/sandbox/state");

export const thread = (psid, version) =>
  call("GET", `/sandbox/thread/${encodeURIComponent(psid)}${version === null ? "" : `?version=${version}`}`);

export const createCustomer = (fields) => call("POST", "/sandbox/customers", fields);

export const act = (psid, action, fields = {}) =>
  call("POST", `/sandbox/customers/${encodeURIComponent(psid)}/${action}`, fields);
