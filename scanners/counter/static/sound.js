// The sound of a verdict (提示音): made here, no files; a phone also shakes.
let context
const TONES = { good: [[1320, 0, .09]], again: [[660, 0, .07], [660, .1, .07]], bad: [[220, 0, .22], [180, .26, .3]] }
const SHAKES = { good: 40, again: [30, 40, 30], bad: [180, 80, 180] }

export function sound(verdict) {
  navigator.vibrate?.(SHAKES[verdict])
  try {
    context ??= new AudioContext()
    for (const [pitch, from, length] of TONES[verdict]) {
      const tone = context.createOscillator(), loudness = context.createGain()
      tone.frequency.value = pitch
      loudness.gain.value = .2
      tone.connect(loudness).connect(context.destination)
      tone.start(context.currentTime + from)
      tone.stop(context.currentTime + from + length)
    }
  } catch { /* a machine without sound still shows the verdict */ }
}
