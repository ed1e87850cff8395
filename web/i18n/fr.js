/** The words of the till in French. Keys are the same in every language; `{name}` is filled in. */
export default {
  // frame

  // lamps

  // paying

  // clients

  // papers

  // update, tabs, storage
};
