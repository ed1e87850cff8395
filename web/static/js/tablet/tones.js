/** Short tones: one is heard where nobody looks. */

/** @type {AudioContext | undefined} */
let audio;

/** @param {number} frequency hertz @param {number} seconds @param {number | number[]} vibration milliseconds */
function tone(frequency, seconds, vibration) {
  navigator.vibrate?.(vibration);
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {}); // nobody has touched the page yet
  const sound = audio.createOscillator();
  sound.frequency.value = frequency;
  sound.connect(audio.destination);
  sound.start();
  sound.stop(audio.currentTime + seconds);
}

/** A code was read. */
export const high = () => tone(1200, 0.08, 60);

/** What was scanned is not on the ticket. */
export const low = () => tone(220, 0.35, [120, 60, 120]);
