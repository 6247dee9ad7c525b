"""The form for a record (档案录入): the fields of its kind, with what was typed and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from credit_scoring.archive.codes import CodeList, load_codes
from credit_scoring.archive.commitments import CLOSING, load_templates
from credit_scoring.archive.holder import Holder
from credit_scoring.archive.kinds import PARTS, Field, Kind, RecordKind, Shape
from credit_scoring.archive.record import Entry, ProofHolder, Source
from credit_scoring.errors import ArchiveRefused
from tracker.wire.goods import PROHIBITED, Category
from web.views.parts import Choice
from web.words import Words


class Control(StrEnum):
    """How a field is drawn."""

    TEXT = "text"
    DATE = "date"
    SELECT = "select"
    CHECKS = "checks"


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of the form; `values` is what stands in it."""

    name: str
    label: str
    hint: str
    control: Control
    required: bool
    choices: tuple[Choice, ...]
    values: tuple[str, ...]
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class FormPage:
    """Everything the template places."""

    title: str
    lead: str
    action: str
    back_href: str
    csrf: str
    hidden: tuple[tuple[str, str], ...]
    fields: tuple[FieldView, ...]
    fault: str
    advice: str
    closing: str


Typed = Mapping[str, Sequence[str]]


def build_form_page(
    words: Words,
    holder: Holder,
    kind: Kind,
    *,
    action: str,
    back_href: str,
    csrf: str,
    today: date,
    typed: Typed,
    replaced: Entry | None,
    revokes: bool,
    declares: bool,
    holder_open: bool = False,
    records: Sequence[Entry] = (),
    fault: ArchiveRefused | None = None,
) -> FormPage:
    """The form of a new record, of a change, or of a revocation.

    `holder_open`: the holder's code is typed here too. `records`: those that the record may be about.
    """
    builder = _Builder(words, typed or _typed_of(replaced, kind, revokes=revokes), fault, records)
    fields = [builder.text("holder")] if holder_open else []
    if revokes:
        fields.append(builder.day("valid_from", label="effect"))
    else:
        fields += [builder.field(each) for each in kind.fields_for(holder.kind) if not _is_ours(each, kind)]
    signs = kind.name is RecordKind.COMMITMENT and not revokes
    if not signs:
        fields += _common(builder, kind, declares=declares, revokes=revokes, today=today)
    hidden: dict[str, str] = {"kind": kind.name, "holder_kind": holder.kind}
    hidden |= {} if holder_open else {"holder": holder.code}
    hidden |= {"replaces": str(replaced.record_id)} if replaced else {}
    hidden |= {"revokes": "1"} if revokes else {}
    title = "archive_form.revoke" if revokes else "archive_form.replace" if replaced else "archive_form.enter"
    return FormPage(
        title=words(title, kind=words(f"archive_kind.{kind.name}")),
        lead=words("archive_form.lead_declared" if declares else "archive_form.lead_entered"),
        action=action,
        back_href=back_href,
        csrf=csrf,
        hidden=tuple(hidden.items()),
        fields=tuple(fields),
        fault=words(f"archive_fault.{fault.fault}") if fault else "",
        advice=words("archive_form.at", field=builder.label(fault.field)) if fault and fault.field else "",
        closing=_sentences(words)[CLOSING] if signs else "",
    )


def _common(builder: "_Builder", kind: Kind, *, declares: bool, revokes: bool, today: date) -> list[FieldView]:
    """What every record has: source, place, document."""
    fields = []
    if not declares:
        told = tuple(
            Choice(each, builder.words(f"archive_source.{each}")) for each in Source if each != Source.DECLARED
        )
        fields.append(builder.select("source", told, required=True))
        fields.append(builder.select("department", builder.listed(CodeList.DEPARTMENT), required=False))
    fields.append(builder.text("division", required=kind.needs_division and not revokes))
    if kind.name is not RecordKind.OUTLET or revokes or not declares:
        needed = kind.needs_document_date or revokes
        fields.append(builder.day("document_date", required=needed, default=today if needed else None))
    needed = kind.needs_proof or revokes
    fields.append(builder.select("proof_type", builder.listed(CodeList.PROOF), required=needed))
    fields.append(builder.text("proof_name", required=needed))
    fields.append(builder.text("proof_sha256", required=needed))
    keepers = tuple(Choice(each, builder.words(f"archive_choice.{each}")) for each in ProofHolder)
    fields.append(builder.select("proof_held_by", keepers, required=needed))
    return fields


@dataclass(frozen=True, slots=True)
class _Builder:
    """Draws fields with what was typed before and what was wrong."""

    words: Words
    typed: Typed
    fault: ArchiveRefused | None
    records: Sequence[Entry] = ()

    def label(self, name: str) -> str:
        """A field's name; as it was sent where it is none of ours."""
        return self.words.find(f"archive_field.{name}") or name

    def field(self, field: Field) -> FieldView:
        """A kind's own field."""
        if field.shape is Shape.DAY:
            return self.day(field.name, required=field.required)
        many = field.shape in (Shape.LISTED_MANY, Shape.ALL)
        choices = self._choices(field)
        control = Control.CHECKS if many else Control.SELECT if choices else Control.TEXT
        return self._view(field.name, control, required=field.required, choices=choices)

    def _choices(self, field: Field) -> tuple[Choice, ...]:
        """What may be chosen; nothing where it is typed."""
        words = self.words
        if field.listed is not None:
            return self.listed(field.listed)
        if field.shape is Shape.RECORD:
            return tuple(
                Choice(str(each.record_id), f"{each.told.key} · {each.told.document_date}") for each in self.records
            )
        if field.shape is Shape.ALL:
            sentences = _sentences(words)
            return tuple(Choice(each, sentences[each]) for each in PARTS)
        if field.name == "category":
            return tuple(Choice(each, words(f"goods.{each}")) for each in Category if each in PROHIBITED)
        return tuple(Choice(each, words(f"archive_choice.{each}")) for each in field.choices)

    def text(self, name: str, *, required: bool = True) -> FieldView:
        return self._view(name, Control.TEXT, required=required)

    def day(self, name: str, *, label: str = "", required: bool = True, default: date | None = None) -> FieldView:
        values = (default.isoformat(),) if default else ()
        return self._view(name, Control.DATE, required=required, label=label, default=values)

    def select(self, name: str, choices: tuple[Choice, ...], *, required: bool) -> FieldView:
        return self._view(name, Control.SELECT, required=required, choices=choices)

    def listed(self, name: CodeList) -> tuple[Choice, ...]:
        codes = load_codes().lists[name].values()
        return tuple(Choice(each.code, each.en if self.words.lang == "en" else each.zh) for each in codes)

    def _view(
        self,
        name: str,
        control: Control,
        *,
        required: bool,
        choices: tuple[Choice, ...] = (),
        label: str = "",
        default: tuple[str, ...] = (),
    ) -> FieldView:
        return FieldView(
            name=name,
            label=self.label(label or name),
            hint=self.words.find(f"archive_hint.{name}") or "",
            control=control,
            required=required,
            choices=choices,
            values=tuple(self.typed.get(name, default)),
            is_wrong=self.fault is not None and self.fault.field == name,
        )


def _is_ours(field: Field, kind: Kind) -> bool:
    """What the page fills in by itself: the template and the day of a commitment that is signed here."""
    return kind.name is RecordKind.COMMITMENT and field.shape is not Shape.ALL


def _sentences(words: Words) -> Mapping[str, str]:
    newest = list(load_templates().values())[-1]
    return newest.en if words.lang == "en" else newest.zh


def _typed_of(replaced: Entry | None, kind: Kind, *, revokes: bool) -> Typed:
    """What stands in the record that is changed; nothing of it where it is revoked."""
    if replaced is None or revokes or replaced.told.revokes:
        return {}
    told, proof = replaced.told, replaced.told.proof
    values: dict[str, object] = {
        "division": told.division, "document_date": told.document_date, "source": told.source,
        "department": told.department,
    }  # fmt: skip
    if proof:
        values |= {f"proof_{name}": getattr(proof, name) for name in ("sha256", "type", "name", "held_by")}
    for field in kind.fields_for(told.holder.kind):
        values[field.name] = getattr(told, field.column) if field.column else told.details.get(field.name)
    return {name: _texts(value) for name, value in values.items() if value is not None}


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
