/**
 * What is fetched when it is first wanted, once; a fetch that failed is tried again at the next call.
 * `begun` says whether somebody wanted it and it did not fail.
 * @template X @param {() => Promise<X>} load @returns {(() => Promise<X>) & { begun: () => boolean }}
 */
export function fetched(load) {
  /** @type {Promise<X> | undefined} */
  let coming;
  const get = () => {
    coming ??= load().catch((error) => {
      coming = undefined;
      throw error;
    });
    return coming;
  };
  return Object.assign(get, { begun: () => coming !== undefined });
}
