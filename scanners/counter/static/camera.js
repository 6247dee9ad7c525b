// The camera (摄像头): reads barcodes from what it sees; the browser's own reader, else ours, from this machine alone.
import { Fault } from "./ask.js"

const EVERY = 120, AGAIN = 2500
const video = document.getElementById("video")
const canvas = document.createElement("canvas")
let stream = null, seen = { text: "", at: 0 }

export const canSee = () => Boolean(navigator.mediaDevices?.getUserMedia)
export const isOpen = () => stream !== null

async function reader() {
  const formats = globalThis.BarcodeDetector ? await BarcodeDetector.getSupportedFormats() : []
  if (formats.includes("code_128") && formats.includes("qr_code")) {
    const own = new BarcodeDetector({ formats: ["code_128", "qr_code"] })
    return async picture => (await own.detect(picture)).map(each => each.rawValue)
  }
  const zxing = await import("/static/vendor/zxing-wasm/reader/index.js")
  zxing.prepareZXingModule({ overrides: { locateFile: name => `/static/vendor/zxing-wasm/reader/${name}` } })
  const options = { formats: ["Code128", "QRCode", "DataMatrix"], maxNumberOfSymbols: 1 }
  return async picture => (await zxing.readBarcodes(picture, options)).map(each => each.text)
}

export async function open(take) {
  let read
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } })
    read = await reader()
  } catch { close(); throw new Fault("no_camera") }
  video.srcObject = stream
  await video.play()
  look(read, take, stream)
}

async function look(read, take, mine) {
  while (stream === mine) {
    if (video.videoWidth) {
      canvas.width = video.videoWidth
      canvas.height = video.videoHeight
      const pen = canvas.getContext("2d", { willReadFrequently: true })
      pen.drawImage(video, 0, 0)
      const [text] = await read(pen.getImageData(0, 0, canvas.width, canvas.height)).catch(() => [])
      const now = performance.now()
      if (text && stream === mine) {
        const isNew = text !== seen.text || now - seen.at > AGAIN
        seen = { text, at: now }
        if (isNew) take(text)
      }
    }
    await new Promise(done => setTimeout(done, EVERY))
  }
}

export function close() {
  for (const track of stream?.getTracks() ?? []) track.stop()
  stream = null
  seen = { text: "", at: 0 }
  video.srcObject = null
}
