/** Unseen, printable: written by tests/vectors/make_characters.py. */

/** Not seen, and nothing by itself (Unicode 14.0.0): inside a class of a regular expression. */
export const INVISIBLE =
  "\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u17b4-\\u17b5\\u180b-\\u180f" +
  "\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f" +
  "\\ufeff\\uffa0\\ufff0-\\ufffb\\u{13430}-\\u{13438}\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}" +
  "\\u{e0000}-\\u{e0fff}";

/** What every paper can print, as `app/fiscal/printable.py` says it. */
export const PRINTABLE =
  "\\u0020-\\u007e\\u00a0-\\u00ac\\u00ae-\\u034e\\u0350-\\u0377\\u037a-\\u037f\\u0384-\\u038a" +
  "\\u038c\\u038e-\\u03a1\\u03a3-\\u03e1\\u0400-\\u052f\\u1d00-\\u1dbf\\u1e00-\\u1eff" +
  "\\u2010-\\u2027\\u202f-\\u205e\\u2070-\\u2071\\u2074-\\u208e\\u2090-\\u209c\\u20a0-\\u20c0" +
  "\\u2100-\\u215e\\u2190-\\u2193\\u2211-\\u2212\\u2248\\u2260\\u2264-\\u2265" +
  "\\u2c60-\\u2c7f\\u3001-\\u3003\\u3005-\\u3011\\u3041-\\u3094\\u309d-\\u309e\\u30a1-\\u30f6" +
  "\\u30fb-\\u30fe\\u4e00-\\u9fa5\\uac00-\\ud7a3\\uff01-\\uff5e";
