// A voucher under the scanner (扫凭证): read while any field has the focus, it is taken whole, and the field stays as it was.
// A wedge types faster than a hand, and a voucher begins as no word does: eyJ, or with caps lock on EYj.
const GAP = 300, END = 600, BEGINS = /^.{0,16}(eyJ|EYj)$/, ENDS = ["Enter", "Tab"]
const EDITS = "input:not([type=checkbox]):not([type=file]), select"
let typed = "", last = -Infinity, before = null, isTaking = false, pause

export function listen(take, isWanted) {
  const end = () => { const whole = typed; forget(); take(whole) }
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !isWanted(event.target)) return
    if (event.timeStamp - last > GAP && !isTaking) forget(event.target)
    last = event.timeStamp
    if (event.key.length === 1) typed += event.key
    if (!isTaking && BEGINS.test(typed)) { isTaking = true; putBack() }
    if (!isTaking) return
    event.preventDefault()
    event.stopPropagation()
    clearTimeout(pause)
    if (ENDS.includes(event.key)) end()
    else pause = setTimeout(end, END)
  }, true)
}

function forget(target = null) {
  typed = ""
  isTaking = false
  last = -Infinity
  before = target?.matches?.(EDITS) ? { target, value: target.value } : null
}

function putBack() {
  if (!before) return
  before.target.value = before.value
  before.target.dispatchEvent(new Event("input", { bubbles: true }))
}
