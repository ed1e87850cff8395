/**
 * What is fetched when it is first wanted, once; a fetch that failed is tried again at the next call.
 * @template X @param {() => Promise<X>} load @returns {() => Promise<X>}
 */
export function fetched(load) {
  /** @type {Promise<X> | undefined} */
  let coming;
  return () => {
    coming ??= load().catch((error) => {
      coming = undefined;
      throw error;
    });
    return coming;
  };
}
