/** What an answer that is not the expected one means: nobody knows, or we were refused. */

/**
 * @typedef {{rule: string, title: string, status?: number, path?: string, detail?: string, left?: string}} Problem
 */

/** No answer of ours came: no network, a captive portal, a server in trouble. Nothing is decided. */
export class Unreachable extends Error {}

/** Our server said no, with its rule and one French sentence. */
export class Refused extends Error {
  /** @param {Problem} problem @param {number} [wait] seconds after which to ask again */
  constructor(problem, wait = 0) {
    super(problem.title);
    this.problem = problem;
    this.rule = problem.rule;
    this.title = problem.title;
    this.wait = wait;
  }
}

/**
 * The problem document of ours in this text, if it is one.
 * @param {Response} response @param {string} text
 */
export function problemIn(response, text) {
  if (!isType(response, "application/problem+json")) return undefined;
  const problem = /** @type {Problem | undefined} */ (parsed(text));
  return typeof problem?.rule === "string" ? problem : undefined;
}

/** @param {Response} response @param {string} type */
export const isType = (response, type) => (response.headers.get("Content-Type") ?? "").startsWith(type);

/** The object that a text says, or undefined. @param {string} text @returns {any} */
export function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The seconds the server asked to wait, 0 for none. @param {Response} response */
export const waitOf = (response) => Math.max(0, Number(response.headers.get("Retry-After")) || 0);

/**
 * The JSON of the answer (undefined of a 204). Throws `Refused` or `Unreachable`.
 * @param {Request | Promise<Request>} request @returns {Promise<any>}
 */
export async function documentOf(request) {
  const asked = await request;
  let response, text;
  try {
    response = await fetch(asked);
    text = await response.text();
  } catch (error) {
    throw new Unreachable(String(error));
  }
  if (response.status === 204) return undefined;
  const problem = response.status < 500 && problemIn(response, text);
  if (problem) throw new Refused(problem, waitOf(response));
  const document = response.ok && isType(response, "application/json") ? parsed(text) : undefined;
  if (!document) throw new Unreachable(`${response.status} ${response.type}`);
  return document;
}
