// Accepting (收寄): the three cards, the gate's word while they are filled in, and the one key that ends it.
import { ask } from "./ask.js"
import { photographOf } from "./pictures.js"
import { inLanguage, option, word } from "./words.js"

const form = document.getElementById("accept-form")
const scan = document.getElementById("scan")
const how = document.getElementById("how")
const cardTold = document.getElementById("card-told")
const verdict = document.getElementById("verdict")
const WITH_TERM = ["RESIDENT_ID", "TEMPORARY_RESIDENT_ID", "HMT_RESIDENCE_PERMIT"]
const WITH_END = [...WITH_TERM, "HM_TRAVEL_PERMIT", "TW_TRAVEL_PERMIT", "FOREIGN_PASSPORT", "PERMANENT_RESIDENT_ID"]
const WITH_BIRTH = ["MILITARY_ID", "ARMED_POLICE_ID", "HM_TRAVEL_PERMIT", "TW_TRAVEL_PERMIT", "FOREIGN_PASSPORT", "PERMANENT_RESIDENT_ID"]
const OF_GOODS = ["inspection", "prohibited"], GOODS_CODES = ["category_unknown", "goods_incomplete", "declaration_missing"]
const OF_RECIPIENT = ["recipient_incomplete", "recipient_unreadable", "destination_unknown"]
const LIFE = ["0", "长期"]
let waybill = null, kinds = [], last = { verdict: "empty", reasons: [], cautions: [] }, asked = 0, wait, prints = false

export function fill(choices, state) {
  kinds = choices.kinds
  const told = how.value
  how.replaceChildren(option("", "choose"), ...state.has_reader ? [option("card", "how.card")] : [],
    ...kinds.map(kind => option(kind, `kind.${kind}`)),
    ...["preverified", "letter", "agreement", "declined"].map(each => option(each, `how.${each}`)))
  how.value = told
  document.getElementById("read-card").hidden = !state.has_reader
  document.getElementById("category").replaceChildren(option("", "choose"), ...choices.categories.map(each => option(each, `category.${each}`)))
  document.getElementById("result").replaceChildren(option("", "choose"), ...choices.results.map(each => option(each, `result.${each}`)))
  prints = state.has_labels
  show()
}

const field = name => form.elements[name].value
const day = name => {
  const text = field(name).trim(), match = /^(\d{4})[-./]?(\d{2})[-./]?(\d{2})$/.exec(text)
  const isWrong = text !== "" && !match && !LIFE.includes(text)
  form.elements[name].setAttribute("aria-invalid", String(isWrong))
  return match ? `${match[1]}-${match[2]}-${match[3]}` : null
}
const number = name => /^\d{1,9}$/.test(field(name).trim()) ? Number(field(name)) : 0

function evidence() {
  if (!how.value) return null
  if (["card", "preverified", "letter", "agreement", "declined"].includes(how.value))
    return { how: how.value, agreement_no: field("agreement_no"), voucher: field("voucher"), ...organisation(), guardian: guardian() }
  return { how: "document", ...organisation(), guardian: guardian(), document: {
    kind: how.value, number: field("number"), name: field("document_name"), valid_from: day("valid_from"),
    valid_until: day("valid_until"), for_life: LIFE.includes(field("valid_until").trim()), birth_date: day("birth_date"),
    issuing_state: field("issuing_state") } }
}
const organisation = () => ({ uscc: field("uscc"), copy_kept: form.elements.copy_kept.checked })
const guardian = () => !field("guardian_number").trim() ? null : {
  kind: "RESIDENT_ID", number: field("guardian_number"), name: field("guardian_name"), valid_from: day("guardian_from"),
  valid_until: day("guardian_until"), for_life: LIFE.includes(field("guardian_until").trim()) }

function told() {
  return {
    waybill_no: waybill ?? "", evidence: evidence(),
    sender: { name: field("sender_name"), phone: field("sender_phone"), address: field("sender_address"), organisation: field("organisation") },
    recipient: { name: field("recipient_name"), phone: field("recipient_phone"), address: field("recipient_address") },
    category: field("category"), goods: field("goods"), quantity: number("quantity"), weight_g: number("weight_g"),
    result: field("result"), confirmed: form.elements.confirmed.checked,
    destination: field("destination").trim(),
  }
}

export function begin(number) {
  waybill = number
  check()
  focusFirst()
}

function focusFirst() {
  if (how.value === "preverified") return firstMissing()?.focus()
  const reader = document.getElementById("read-card")
  const first = !reader.hidden && how.value !== "card" ? reader : how
  first.focus()
}

export async function check() {
  clearTimeout(wait)
  const mine = ++asked
  if (!waybill) { last = { verdict: "empty", reasons: [], cautions: [] }; return show() }
  const answer = await ask("/api/check", told())
  if (mine === asked) { last = answer; show() }
}

export const later = fault => { clearTimeout(wait); wait = setTimeout(() => check().catch(fault), 120) }

export async function readCard() {
  const card = await ask("/api/card")
  how.value = "card"
  cardTold.hidden = false
  cardTold.textContent = `${word("card_read")} · ${word(`kind.${card.kind}`)} · ${card.name} · ${word("ending")} ${card.number} · ${word("until")} ${card.valid_until}`
  show()
  form.elements.sender_phone.focus()
  await check()
}

// What the sender shows instead of a document: the voucher of a check made beforehand. Whether it holds, as far as is known.
export async function bring(voucher) {
  how.value = "preverified"
  cardTold.hidden = true
  form.elements.voucher.value = voucher
  show()
  if (!waybill) return true
  await check()
  const holds = last.verdict !== "refused"
  ;(holds ? firstMissing() ?? verdict : how).focus()
  return holds
}

export async function accept() {
  const form_ = told(), [file] = form.elements.photograph.files
  if (file) form_.photograph = await photographOf(file)
  return ask("/api/accept", form_)
}

export const isOpen = () => waybill !== null
export const openNumber = () => waybill ?? ""
export const isPending = () => last.verdict === "pending" || last.verdict === "empty"
const MAY_BE_EMPTY = ["photograph", "destination", "organisation", "uscc", "copy_kept"]
const mayBeEmpty = name => MAY_BE_EMPTY.includes(name) && !(field("organisation") && ["uscc", "copy_kept"].includes(name)) || name === "sender_name" && how.value === "card" || name.startsWith("guardian")
const isLeft = each => each.checkVisibility() && (each.type === "checkbox" ? !each.checked : !each.value.trim())
const FIELDS = { recipient_incomplete: "recipient_address", guardian_missing: "guardian_name" }
export function firstMissing() {
  const all = [...form.querySelectorAll("input, select")]
  return all.find(each => isLeft(each) && !mayBeEmpty(each.name)) ?? form.elements[last.reasons.map(each => FIELDS[each.code]).find(Boolean)]
}

export function clear({ putAway = false } = {}) {
  clearTimeout(wait)
  asked++
  form.reset()
  cardTold.hidden = true
  cardTold.textContent = ""
  if (putAway && waybill !== null) ask("/api/put-away").catch(() => {})
  waybill = null
  last = { verdict: "empty", reasons: [], cautions: [] }
  show()
  scan.value = ""
}

const shows = (name, is) => { for (const each of form.querySelectorAll(`.${name}`)) each.hidden = !is }

export function show() {
  const kind = how.value
  shows("of-card", kind === "card")
  shows("of-document", kinds.includes(kind))
  shows("of-passport", kind === "FOREIGN_PASSPORT")
  shows("of-birth", WITH_BIRTH.includes(kind))
  shows("of-term", WITH_TERM.includes(kind))
  shows("of-end", WITH_END.includes(kind))
  shows("of-agreement", kind === "agreement")
  shows("of-preverified", kind === "preverified")
  const soft = last.verdict === "pending"
  const ofGoods = last.reasons.filter(each => OF_GOODS.includes(each.duty) || GOODS_CODES.includes(each.code))
  const ofRecipient = last.reasons.filter(each => OF_RECIPIENT.includes(each.code))
  const ofSender = last.reasons.filter(each => !ofGoods.includes(each) && !ofRecipient.includes(each))
  const isExempt = ["letter", "agreement"].includes(kind)
  list("sender", ofSender, kind !== "", kind === "preverified" ? word("checked_before") : word(isExempt ? "exempt" : "checked"))
  list("recipient", ofRecipient, field("recipient_name") !== "", word("complete"))
  list("goods", ofGoods, field("result") !== "", word("passed"))
  verdict.dataset.state = last.verdict
  document.getElementById("verdict-word").textContent = word(`verdict.${last.verdict}`)
  const first = last.reasons[0]
  const does = last.verdict === "ready" ? word(prints ? "verdict.ready_print" : "verdict.ready_do")
    : soft ? last.reasons.map(each => inLanguage(each.what)).join(" · ")
    : last.verdict === "refused" ? `${inLanguage(first.what)} · ${inLanguage(first.do)} · ${word("verdict.refused_do")}` : ""
  const why = document.getElementById("verdict-why")
  why.textContent = does
  if (last.verdict === "refused") why.append(law(first))
  why.prepend(...last.cautions.map(each => line(each, "look")))
}

export function law(reason) {
  const said = document.createElement("span")
  said.className = "law"
  said.textContent = inLanguage(reason.law)
  return said
}

function line(told, name) {
  const made = document.createElement("span")
  made.className = name
  made.textContent = `${inLanguage(told.what)} · ${inLanguage(told.do)}`
  return made
}

function list(part, reasons, isTold, good) {
  const stops = reasons.some(each => !each.pending)
  document.getElementById(`why-${part}`).replaceChildren(...(waybill ? reasons : []).map(each => {
    const item = document.createElement("li")
    item.className = each.pending ? "" : "stop"
    item.textContent = `${inLanguage(each.what)} · ${inLanguage(each.do)}`
    return item
  }))
  const isDone = waybill !== null && isTold && reasons.length === 0
  const card = document.getElementById(`card-${part}`)
  card.classList.toggle("done", isDone)
  card.classList.toggle("stopped", waybill !== null && stops)
  document.getElementById(`chip-${part}`).textContent = isDone ? good : ""
}
