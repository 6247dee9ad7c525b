// The other steps (其他环节): what is set once stays, and each reading is one scan.
import { ask } from "./ask.js"
import { pad } from "./pictures.js"
import { option, word } from "./words.js"

const fields = document.getElementById("handling-fields")
const signature = document.getElementById("signature")
const drawn = pad(document.getElementById("pad"))
document.getElementById("wipe").addEventListener("click", () => drawn.wipe())
const FIELDS = {
  screened: ["lane", "lane_result"], bagged: ["bag_no"], unbagged: ["bag_no"], departed: ["next_station", "vehicle"],
  arrived: ["from_station"], handed_over: ["badge", "to_station", "to_carrier"], attempted: ["reason"],
  stored: ["place_kind", "consent_kind", "consent_ref"], delivered: ["signer", "proof", "code", "agent_name", "agent_phone"],
  refused: ["reason"], returned: ["signer"], held: ["reason"], damaged: ["reason"], lost: ["reason"],
}
const OPTIONS = choices => ({
  lane_result: choices.lane_results, place_kind: choices.places, consent_kind: choices.consents, signer: choices.signers,
  proof: choices.proofs, scanned: ["parcel", "bag"],
})
let step = null, queue = Promise.resolve(), waits = null

export function open(wanted, choices) {
  step = wanted
  waits = null
  const options = { ...OPTIONS(choices), reason: choices.reasons[step] }
  const names = [...choices.bag_steps.includes(step) ? ["scanned"] : [], ...FIELDS[step] ?? []]
  fields.replaceChildren(...names.map(name => make(name, options[name])))
  drawn.wipe()
  show()
}

function make(name, options) {
  const label = document.createElement("label"), said = document.createElement("span")
  said.dataset.w = `field.${name}`
  said.textContent = word(said.dataset.w)
  const control = document.createElement(options ? "select" : "input")
  control.name = name
  if (options) control.append(...["proof", "scanned"].includes(name) ? [] : [option("", "choose")], ...options.map(each => option(each, `value.${each}`)))
  else control.autocomplete = "off"
  if (name === "badge") control.type = "password"
  if (name === "code") { control.inputMode = "numeric"; control.maxLength = 64; control.classList.add("no") }
  control.addEventListener("input", show)
  label.append(said, control)
  return label
}

const value = name => fields.querySelector(`[name=${name}]`)?.value.trim() || undefined

export function show() {
  for (const name of ["agent_name", "agent_phone"]) {
    const control = fields.querySelector(`[name=${name}]`)
    if (control) control.parentElement.hidden = value("signer") !== "agent"
  }
  const code = fields.querySelector("[name=code]")
  if (code) code.parentElement.hidden = value("proof") !== "pickup_code"
  signature.hidden = step !== "delivered" || value("proof") !== "signature"
}

function details() {
  const told = {}
  for (const name of FIELDS[step] ?? []) {
    if (["consent_kind", "consent_ref", "agent_name", "agent_phone", "proof", "code", "badge", "lane_result"].includes(name)) continue
    told[name] = value(name)
  }
  if (step === "screened") told.result = value("lane_result")
  if (step === "stored") told.consent = { kind: value("consent_kind"), ref: value("consent_ref") }
  if (step === "delivered") told.proof = { kind: value("proof") }
  return told
}

// A parcel that waits for its recipient's code: the next reading goes into the code's field, and Enter there takes it.
const codeOf = () => step === "delivered" && value("proof") === "pickup_code" ? fields.querySelector("[name=code]") : null

export function wantsCode(typed) {
  const code = codeOf()
  if (!code || value("code") || !isSignerTold()) return false
  waits = typed
  code.focus()
  return true
}

const isSignerTold = () => value("signer") && (value("signer") !== "agent" || (value("agent_name") && value("agent_phone")))

// To the field that is still empty, the agent's first of all of theirs.
export const lead = name => fields.querySelector(`[name^="${CSS.escape(name ?? "")}"]`)?.focus()

export function takeWaiting() {
  const typed = codeOf() && value("code") ? waits : null
  if (typed !== null) waits = null
  return typed
}

export function wipeCode() {
  const code = fields.querySelector("[name=code]")
  if (code) code.value = ""
}

// One reading after the other, in order, though a scanner types faster than the disk turns.
export function take(typed) {
  const asking = queue.then(async () => {
    const form = { step, typed, details: details(), is_bag: value("scanned") === "bag" }
    if (step === "handed_over") form.badge = value("badge") ?? ""
    if (step === "delivered" && value("signer") === "agent") form.agent = { name: value("agent_name") ?? "", phone: value("agent_phone") ?? "" }
    if (codeOf()) form.code = value("code") ?? ""
    if (step === "delivered" && value("proof") === "signature") form.signature = await drawn.read()
    if (codeOf()) wipeCode()
    const told = await ask("/api/scan", form)
    drawn.wipe()
    for (const name of ["agent_name", "agent_phone"]) { const control = fields.querySelector(`[name=${name}]`); if (control) control.value = "" }
    return told.kept
  })
  queue = asking.catch(() => {})
  return asking
}

