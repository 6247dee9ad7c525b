// The counter's page (柜台页面): signs in, leads the keys, and shows the verdict large.
import * as accepting from "./accept.js"
import { ask, look } from "./ask.js"
import * as camera from "./camera.js"
import { forget, showDay } from "./day.js"
import * as handling from "./handle.js"
import { sound } from "./sound.js"
import * as wedge from "./wedge.js"
import { change, inLanguage, option, place, sentence, word } from "./words.js"

const $ = id => document.getElementById(id)
const KEYS = { F1: "accepted", F2: "arrived", F3: "out_for_delivery", F4: "stored", F5: "delivered" }
const EVERY = 2000
let step = "accepted", operator, choices, state

function showModes() {
  const more = document.createElement("select")
  const others = choices.steps.filter(each => !Object.values(KEYS).includes(each))
  more.setAttribute("aria-label", word("more"))
  more.append(option("", "more"), ...others.map(each => option(each, `step.${each}`)))
  more.value = others.includes(step) ? step : ""
  more.classList.toggle("on", more.value !== "")
  more.addEventListener("change", () => more.value && open(more.value))
  $("modes").replaceChildren(...Object.entries(KEYS).map(([key, each]) => {
    const made = document.createElement("button")
    made.type = "button"
    made.className = "button"
    made.setAttribute("aria-pressed", String(each === step))
    const name = document.createElement("span"), cap = document.createElement("kbd")
    name.textContent = word(`step.${each}`)
    cap.textContent = key
    made.append(name, cap)
    made.addEventListener("click", () => open(each))
    return made
  }), more)
}

function open(wanted) {
  step = wanted
  accepting.clear({ putAway: true })
  $("accept-form").hidden = step !== "accepted"
  $("handle-form").hidden = step === "accepted"
  $("mode-title").textContent = word(`step.${step}`)
  if (step !== "accepted") handling.open(step, choices)
  say(null)
  showModes()
  $("scan").focus()
}

function say(verdict, title = "", more = []) {
  const said = $("said")
  said.hidden = verdict === null
  $("after").hidden = true
  if (verdict === null) return
  said.dataset.state = verdict
  const strong = document.createElement("strong"), lines = document.createElement("span")
  strong.textContent = title
  lines.append(strong, ...more)
  said.replaceChildren(lines)
  sound(verdict)
}

function fail(fault) {
  if (fault.word === "signed_out") return refresh()
  say("bad", sentence(fault))
}

async function refresh() {
  try { state = await look("/api/state") } catch (fault) { return $("work").hidden || say("bad", sentence(fault)) }
  $("station").textContent = `${state.carrier} ${state.station}`
  if (state.operator !== operator) await change_hands()
  if (operator === null) return
  const chip = $("connection"), waiting = state.waiting ? ` · ${state.waiting} ${word("waiting")}` : ""
  chip.textContent = state.can_seal ? word(state.online ? "online" : "offline") + waiting : word("no_key")
  chip.className = `chip ${!state.can_seal ? "bad" : !state.online || state.waiting > 20 ? "warn" : ""}`
  $("leave").textContent = `${state.operator} · ${word("sign_out")}`
  showDay(state.day, line => ask("/api/undo", { event_id: line.event_id }).then(() => { say("again", `${word("said.undone")} ${line.waybill_no}`); return refresh() }).catch(fail))
}

async function change_hands() {
  operator = state.operator
  const isIn = operator !== null
  shut()
  accepting.clear()
  forget()
  say(null)
  $("sign-in").hidden = isIn
  $("work").hidden = $("bar").hidden = !isIn
  $("no-operators").hidden = state.has_operators
  if (isIn) {
    choices ??= await look("/api/choices")
    accepting.fill(choices, state)
    open(step)
  } else {
    $("sign-in-form").reset()
    $("day").replaceChildren()
    $("sign-in-code").focus()
  }
}

$("sign-in-form").addEventListener("submit", async event => {
  event.preventDefault()
  const code = event.target.elements.code.value.trim(), pin = event.target.elements.pin.value.trim()
  $("sign-in-fault").textContent = ""
  try {
    await ask("/api/sign-in", pin ? { code, pin } : { badge: code })
    await refresh()
  } catch (fault) {
    const { code: shown, pin: secret } = event.target.elements
    secret.value = ""
    if (pin || fault.word === "pin_needed") secret.focus()
    else shown.select()
    if (fault.word === "pin_needed") return
    $("sign-in-fault").textContent = sentence(fault)
    sound("bad")
  }
})
$("leave").addEventListener("click", () => ask("/api/sign-out").then(refresh).catch(fail))

function speak() {
  for (const each of [$("language"), $("door-language")]) each.textContent = word("other_language")
  if (choices && operator) { showModes(); $("mode-title").textContent = word(`step.${step}`) }
  accepting.show()
  document.title = `${word("counter")} · ${word("brand")}`
}
for (const each of [$("language"), $("door-language")]) each.addEventListener("click", () => { change(); speak(); refresh() })

async function take(typed) {
  try { await (step === "accepted" ? beginAccepting(typed) : takeOne(typed)) } catch (fault) {
    fail(fault)
    if (document.activeElement === $("scan")) $("scan").select()
  }
}
$("scan-form").addEventListener("submit", event => {
  event.preventDefault()
  if ($("scan").value.trim()) take($("scan").value)
})

$("scan").addEventListener("focus", () => $("scan").select())  // what it keeps is replaced by the next reading

function shut() {
  camera.close()
  $("viewer").hidden = true
  $("camera").setAttribute("aria-pressed", "false")
}
$("camera").hidden = !camera.canSee()
$("camera").addEventListener("click", async () => {
  if (camera.isOpen()) return shut()
  $("viewer").hidden = false
  $("camera").setAttribute("aria-pressed", "true")
  try { await camera.open(take) } catch (fault) { shut(); fail(fault) }
})

async function beginAccepting(typed) {
  const { waybill_nos: [number], voucher } = await ask("/api/read", { typed })
  if (voucher) return bringVoucher(voucher)
  $("scan").value = number
  shut()
  say(null)
  accepting.begin(number)
}

async function bringVoucher(voucher) {
  const isFirst = !accepting.isOpen()
  shut()
  $("scan").value = accepting.openNumber()
  say(isFirst ? "again" : null, word("said.voucher"))
  if (!await accepting.bring(voucher)) sound("bad")
  if (isFirst) $("scan").focus()
}

// What the step still lacks is asked for, and the parcel waits in the scan field until Enter there takes it.
async function takeOne(typed) {
  try { await scanOne(typed) } catch (fault) {
    fail(fault)
    if (fault.word !== "missing" || $("scan").value) return
    $("scan").value = typed
    handling.lead(fault.told.field)
  }
}

// A code that does not fit keeps its parcel waiting for the right one.
async function takeWithCode(waiting) {
  try { await scanOne(waiting) } catch (fault) {
    fail(fault)
    if (fault.word === "code_refused" && fault.told.why !== "not_here") handling.wantsCode(waiting)
  }
}

async function scanOne(typed) {
  $("scan").value = ""
  if (handling.wantsCode(typed)) return say("again", word("said.code"), [typed])
  const kept = await handling.take(typed)
  if (kept.length) say("good", `${word("said.kept")} · ${word(`step.${step}`)}`, [kept.map(each => each.waybill_no).join(" ")])
  else say("again", word("said.again"), [typed])
  refresh()
}

wedge.listen(take, target => operator != null && step === "accepted" && target !== $("scan") && target.name !== "voucher")
$("accept-form").addEventListener("input", () => { accepting.show(); accepting.later(fail) })
$("read-card").addEventListener("click", () => accepting.readCard().catch(fail))
$("accept-form").addEventListener("submit", async event => {
  event.preventDefault()
  if (!accepting.isOpen()) return $("scan").focus()
  try {
    await accepting.check()
    if (accepting.isPending()) return accepting.firstMissing()?.focus()
    $("verdict").disabled = true
    const told = await accepting.accept()
    accepting.clear()
    if (told.verdict === "accepted") celebrate(told)
    else say("bad", `${word("said.refused")} · ${word("said.recorded")}`, [told.reasons.map(each => `${inLanguage(each.what)} · ${inLanguage(each.do)}`).join("; "), accepting.law(told.reasons[0])])
    $("scan").focus()
    scrollTo(0, 0)
    await refresh()
  } catch (fault) { fail(fault); scrollTo(0, 0) } finally { $("verdict").disabled = false }
})

function celebrate(told) {
  say("good", `${word("said.accepted")} ${told.waybill_no}`, [word("said.sealed")])
  $("after").hidden = !told.label
  $("label").href = `/labels/${told.event_id}.png`
  $("print").hidden = !state.has_printer
  $("print").value = told.event_id
  $("printed").textContent = ""
  if (told.label && state.has_printer) print()
}

// The verdict stays: a label that was not printed takes nothing back.
async function print() {
  const wanted = $("print").value
  const tell = (text, className) => { if ($("print").value === wanted) { $("printed").textContent = text; $("printed").className = className } }
  tell(word("printing"), "quiet")
  try { await ask("/api/print", { event_id: wanted }); tell(word("printed"), "quiet") } catch (fault) {
    if (fault.word === "signed_out") return fail(fault)
    tell(sentence(fault), "bad")
    sound("bad")
  }
}
$("print").addEventListener("click", print)

function next(from) {
  const all = [...$("accept-form").querySelectorAll("input:not([type=file]), select, button.verdict")].filter(each => each.checkVisibility())
  all[all.indexOf(from) + 1]?.focus()
}

document.addEventListener("keydown", event => {
  if (operator == null) return
  if (KEYS[event.key]) { event.preventDefault(); return open(KEYS[event.key]) }
  if (event.key === "F8" && step === "accepted" && accepting.isOpen() && state.has_reader) { event.preventDefault(); return accepting.readCard().catch(fail) }
  if (event.key === "F9" && !$("after").hidden) { event.preventDefault(); return $("label").click() }
  if (event.key === "F10" && !$("after").hidden && !$("print").hidden) { event.preventDefault(); return print() }
  if (event.key === "Escape") { event.preventDefault(); return open(step) }
  const target = event.target
  if (event.key === "Enter" && !event.isComposing && $("accept-form").contains(target) && target.matches("input, select")) {
    event.preventDefault()
    next(target)
  } else if (event.key === "Enter" && !event.isComposing && $("handle-form").contains(target) && target.matches("input, select")) {
    event.preventDefault()
    const waiting = target.name === "code" ? handling.takeWaiting() : null
    if (waiting !== null) { $("scan").focus(); return takeWithCode(waiting) }
    const all = [...$("handling-fields").querySelectorAll("input, select")].filter(each => each.checkVisibility())
    const following = all[all.indexOf(target) + 1]
    if (following) following.focus()
    else $("scan").select()
  }
})
$("handle-form").addEventListener("submit", event => event.preventDefault())

new ResizeObserver(([{ target }]) => document.documentElement.style.setProperty("--verdict", `${target.offsetHeight}px`)).observe($("verdict"))
place()
speak()
await refresh()
setInterval(refresh, EVERY)
