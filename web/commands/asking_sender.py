"""Asking a sender (问询寄件人): document, name and telephone, at a self-service device; no number is shown."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from scanners.counter.card_reader import CardReader
from scanners.identity.presented import Document, OrganisationProof, Sender, Shown
from scanners.identity.resident_number import LENGTH
from scanners.identity.rules import KindRule, load_rules
from tracker.wire.document_kinds import DocumentKind
from web.commands.asking import ask, ask_for
from web.commands.running import Misused
from web.words import DEFAULT_LANGUAGE, load_catalogue

FOR_LIFE = ("0", "长期")
YES = ("y", "yes", "是")


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """What a sender has told."""

    sender: Sender
    shown: Shown


def ask_sender(reader: CardReader | None, *, today: date) -> Told:
    """Whoever stands here, with the card that lies on the reader where there is one. Raises NoCard, Misused."""
    document = _ask_document() if reader is None else reader.read(today)
    phone = ask("电话 telephone")
    organisation = ask("单位名称，个人留空 organisation, empty for a person", default="") or None
    proof = None
    if organisation is not None:
        uscc = ask("统一社会信用代码 USCC")
        kept = ask("已留存负责人证件复印件？ a copy of the responsible person's document is kept? y/n").lower() in YES
        proof = OrganisationProof(uscc, organisation, kept)
    return Told(Sender(document.name, phone, "", organisation), Shown(document, proof))


def ask_guardian(shown: Shown) -> Shown:
    """The same with the document of a young sender's guardian. Raises Misused."""
    return replace(shown, guardian=_ask_document("监护人 the guardian's: "))


def _ask_document(whose: str = "") -> Document:
    what = f"{whose}证件种类，代码或名称，? 列出 kind of document, its code or Chinese name; ? lists them"
    kind = ask_for(what, _parse_kind, default=DocumentKind.RESIDENT_ID)
    rule = load_rules().kinds[kind]
    number = ask(f"{whose}证件号码（不显示）number, not shown", hidden=True)
    return _ask_rest(rule, Document(kind, number, ask(f"{whose}证件姓名 name")))


def _ask_rest(rule: KindRule, document: Document) -> Document:
    """What this kind of document says besides its number and its holder's name."""
    if rule.validity == "term":
        document = replace(document, valid_from=ask_for("有效期起 valid from YYYYMMDD", _parse_day))
    if rule.validity != "none":
        until = ask_for("有效期至 valid until YYYYMMDD, 0 长期 for life", _parse_end)
        document = replace(document, valid_until=until, for_life=until is None)
    if not rule.gb11643 or (len(rule.patterns) > 1 and len(document.number) != LENGTH):
        document = replace(document, birth_date=ask_for("出生日期 birth date YYYYMMDD", _parse_day))
    if rule.issued_abroad:
        document = replace(document, issuing_state=ask("签发国三字母代码 issuing state, three letters"))
    return document


def _parse_kind(text: str) -> DocumentKind:
    """A kind by its code or its Chinese name. Raises Misused with all of them."""
    names = _names_of_kinds()
    known = {each: kind for kind, name in names.items() for each in (kind.value, name)}
    if text.upper() not in known:
        listed = "".join(f"\n  {kind} {name}" for kind, name in names.items())
        raise Misused(f"没有这种证件，可填代码或名称 · no such kind of document; it is one of:{listed}")
    return known[text.upper()]


def _names_of_kinds() -> dict[DocumentKind, str]:
    catalogue = load_catalogue(DEFAULT_LANGUAGE)
    return {kind: catalogue[f"document_kind.{kind}"] for kind in DocumentKind}


def _parse_end(text: str) -> date | None:
    """The last day; None for life. Raises Misused."""
    return None if text in FOR_LIFE else _parse_day(text)


def _parse_day(text: str) -> date:
    """Raises Misused for what is no day."""
    try:
        return datetime.strptime(text.replace("-", ""), "%Y%m%d").date()  # noqa: DTZ007 a day has no zone
    except ValueError:
        raise Misused("日期写作 YYYYMMDD · a day is written YYYYMMDD") from None
