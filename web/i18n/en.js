/** English. Awaiting review by a native speaker. @type {Partial<import("../static/js/i18n.js").Words>} */
export default {};
