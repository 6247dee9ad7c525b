// Pictures (照片与签名): scaled down here, without what a camera writes into its files; base64 for the form.
const WIDEST = 1280, MOST = 250 * 1024

export async function photographOf(file) {
  const picture = await createImageBitmap(file)
  const scale = Math.min(1, WIDEST / Math.max(picture.width, picture.height))
  const canvas = document.createElement("canvas")
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height)
  for (const quality of [.8, .6, .4, .2]) {
    const blob = await new Promise(done => canvas.toBlob(done, "image/jpeg", quality))
    if (blob.size <= MOST) return base64(blob)
  }
  return null
}

async function base64(blob) {
  const octets = new Uint8Array(await blob.arrayBuffer())
  let text = ""
  for (const octet of octets) text += String.fromCharCode(octet)
  return btoa(text)
}

export function pad(canvas) {
  const pen = canvas.getContext("2d")
  let drawing = false, drawn = false
  const at = event => {
    const box = canvas.getBoundingClientRect()
    return [(event.clientX - box.x) * canvas.width / box.width, (event.clientY - box.y) * canvas.height / box.height]
  }
  const wipe = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); drawn = false }
  canvas.addEventListener("pointerdown", event => { drawing = true; canvas.setPointerCapture(event.pointerId); pen.beginPath(); pen.moveTo(...at(event)) })
  canvas.addEventListener("pointermove", event => {
    if (!drawing) return
    pen.lineWidth = 3
    pen.lineCap = "round"
    pen.strokeStyle = "#000"
    pen.lineTo(...at(event))
    pen.stroke()
    drawn = true
  })
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drawing = false })
  wipe()
  return { wipe, read: async () => drawn ? base64(await new Promise(done => canvas.toBlob(done, "image/png"))) : null }
}
