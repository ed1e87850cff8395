/** The camera as a scanner, where the browser itself can read codes. Nothing is loaded for it. */
import "../base/later.js";
import { byId, write } from "../base/dom.js";
import { t } from "../base/i18n.js";
import { high } from "./tones.js";

/** @typedef {{detect: (video: HTMLVideoElement) => Promise<{rawValue: string}[]>}} Detector */
/** @type {(new (options: {formats: string[]}) => Detector) & {getSupportedFormats(): Promise<string[]>}} */
const Reader = /** @type {any} */ (globalThis).BarcodeDetector;

const WANTED = ["qr_code", "ean_13", "ean_8", "upc_a", "upc_e", "code_128", "code_39"];
const PAUSE = 120; // ms between two looks: more only warms the tablet

/** What reads codes here; throws where nothing does. @returns {Promise<Detector>} */
async function detector() {
  const formats = await Reader.getSupportedFormats();
  return new Reader({ formats: WANTED.filter((format) => formats.includes(format)) });
}

const sheet = () => byId("viseur");
const picture = () => /** @type {HTMLVideoElement} */ (byId("viseur-image"));
const lens = () => navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });

/**
 * Opens the camera; the first code that it sees comes back through `scan`, and the camera closes.
 * @param {(text: string) => unknown} scan
 */
export async function camera(scan) {
  open();
  try {
    const text = await seen();
    if (text === undefined) return undefined;
    high();
    sheet().hidePopover();
    return scan(text);
  } catch {
    write(byId("viseur-erreur"), t("camera.refused"));
    return undefined;
  }
}

function open() {
  write(byId("viseur-erreur"), "");
  sheet().addEventListener("toggle", closed);
  document.addEventListener("visibilitychange", hidden);
  sheet().showPopover();
}

/** @param {Event} event */
function closed(event) {
  if (/** @type {ToggleEvent} */ (event).newState === "closed") close();
}

function hidden() {
  if (document.hidden) sheet().hidePopover();
}

/** The light of the camera goes out. */
function close() {
  const video = picture();
  sheet().removeEventListener("toggle", closed);
  document.removeEventListener("visibilitychange", hidden);
  if (video.srcObject instanceof MediaStream) for (const track of video.srcObject.getTracks()) track.stop();
  video.srcObject = null;
}

/** The text of the first code in sight; undefined when the camera was closed before. */
async function seen() {
  const video = picture();
  const [reader, stream] = await Promise.all([detector(), lens()]);
  video.srcObject = stream;
  if (!sheet().matches(":popover-open")) return close();
  await video.play();
  return firstCode(reader, video);
}

/** @param {Detector} reader @param {HTMLVideoElement} video */
async function firstCode(reader, video) {
  while (video.srcObject) {
    const [code] = await reader.detect(video).catch(() => []);
    if (code && video.srcObject) return code.rawValue;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return undefined;
}
