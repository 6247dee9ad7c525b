"""Parsing a record: closed fields, closed codes, right numbers, no future document, nothing of a person."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.archive.codes import CodeList, InfoClass, Severity, load_codes, read_codes
from credit_scoring.archive.holder import HolderKind
from credit_scoring.archive.kinds import KINDS, RecordKind
from credit_scoring.archive.parse import parse_record
from credit_scoring.archive.penalties import POINTS, instrument_of, severity_of
from credit_scoring.errors import ArchiveRefused
from tests.credit_scoring.archive.told import BIRD, PROOF, about, licence, outlet, penalty

TODAY = date(2026, 9, 1)


def fault(told: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ArchiveRefused) as refused:
        parse_record(told, today=TODAY)
    return str(refused.value.fault), refused.value.field


def misconduct(code: str, **fields: Any) -> dict[str, Any]:
    return about(kind="misconduct", misconduct=code, **PROOF, **fields)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (about(holder="91990000JX0000001X"), ("holder_invalid", "holder")),  # the check character is another
        (about(holder_kind="person"), ("holder_invalid", "holder_kind")),
        (about(holder_kind="practitioner", holder="BLUEBIRD"), ("holder_invalid", "holder")),
        (about(kind="gossip"), ("kind_unknown", "kind")),
        (about(holder_kind="platform", holder="SHOP", kind="licence"), ("kind_not_for_holder", "kind")),
        (misconduct("rudeness"), ("code_unknown", "misconduct")),
        (misconduct("throwing", document_date="2024-02-29"), ("code_not_in_force", "misconduct")),
        (about(document_date="2026-09-02"), ("document_in_future", "document_date")),
        (about(document_date="2026-9-1"), ("field_invalid", "document_date")),
        (about(document_date=""), ("field_missing", "document_date")),
        (about(remark="好"), ("field_unknown", "remark")),
        (about(source="heard"), ("field_invalid", "source")),
        (about(source="shared"), ("field_missing", "department")),
        (about(source="shared", department="press"), ("code_unknown", "department")),
        (about(department="court"), ("field_unknown", "department")),
        (about(name_zh="张三 13800138000"), ("personal_data", "name_zh")),
        (about(name_zh="张三 138 0013 8000"), ("personal_data", "name_zh")),
        (about(name_zh="1101051949１231002X"), ("personal_data", "name_zh")),
        (about(name_zh="快" * 121), ("field_invalid", "name_zh")),
        (about(name_zh="青鸟\x00"), ("field_invalid", "name_zh")),
        (about(division="999999"), ("field_invalid", "division")),
        (about(replaces="7"), ("field_invalid", "replaces")),
        (licence(valid_until="2021-12-31"), ("validity_empty", "valid_until")),
        (licence(areas=["*", "500000"]), ("field_invalid", "areas")),
        (licence(source="declared"), ("not_declarable", "kind")),
        (outlet("7", opened="2026-03-01", filed="2026-03-05", source="declared"), ("not_declarable", "document_date")),
        (penalty(measures=["fine", "scolding"]), ("code_unknown", "measures")),
        (penalty(measures=[]), ("field_missing", "measures")),
        (penalty(about="rumour"), ("field_invalid", "about")),
        (penalty(amount_yuan="-5"), ("field_invalid", "amount_yuan")),
        (penalty(proof_sha256=""), ("field_missing", "proof_sha256")),
        (penalty(proof_sha256="ab"), ("field_invalid", "proof_sha256")),
        (penalty(proof_type="hearsay"), ("code_unknown", "proof_type")),
        (penalty(proof_held_by="nobody"), ("field_invalid", "proof_held_by")),
        (about(kind="penalty", revokes=True, valid_from="2026-04-01", **PROOF), ("field_missing", "replaces")),
        (
            about(kind="commitment", template="2026-1", parts=["lawful"], published_on="2026-03-01", **PROOF),
            ("commitment_incomplete", "parts"),
        ),
        (about(kind="prohibited_goods", found="inspection", category="BOOKS", **PROOF), ("code_unknown", "category")),
        (
            about(kind="licence_halt", number="1", halt="suspended", valid_from="2026-03-01", **PROOF),
            ("field_missing", "valid_until"),
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_with_its_field(told: dict[str, Any], expected: tuple[str, str]) -> None:
    assert fault(told) == expected


def test_a_record_is_what_was_told() -> None:
    record = parse_record(penalty(measures="fine huge_fine", amount_yuan="300000", division="500112"), today=TODAY)
    assert (record.code, record.key, record.info_class) == ("serious", "渝邮罚〔2026〕1号", InfoClass.SAFETY)
    assert record.details == {"about": "safety", "measures": ["fine", "huge_fine"], "amount_yuan": 300000}
    assert (record.division, record.document_date) == ("500112", date(2026, 3, 1))
    assert record.proof is not None
    assert record.proof.sha256 == "ab" * 32


def test_misconduct_belongs_to_the_class_of_its_code() -> None:
    classes = {
        code: parse_record(misconduct(code), today=TODAY).info_class for code in ("throwing", "video_incomplete")
    }
    assert classes == {"throwing": InfoClass.SERVICE_QUALITY, "video_incomplete": InfoClass.SAFETY}


def test_the_same_told_in_another_order_has_the_same_digest() -> None:
    one = parse_record(penalty(measures=["fine", "warning"]), today=TODAY)
    other = parse_record(dict(reversed(penalty(measures=["warning", "fine"]).items())), today=TODAY)
    assert one.digest == other.digest
    assert one.digest != parse_record(penalty(measures=["fine"]), today=TODAY).digest


def test_the_gravest_measure_says_how_grave_a_penalty_is() -> None:
    day = date(2026, 5, 1)
    assert severity_of(["warning"], day=day) is Severity.MINOR
    assert severity_of(["warning", "confiscation"], day=day) is Severity.GENERAL
    assert severity_of(["confiscation", "licence_revocation", "warning"], day=day) is Severity.SERIOUS
    assert [POINTS[each] for each in Severity] == [1, 3, 10]


@given(
    measures=st.lists(st.sampled_from(sorted(load_codes().lists[CodeList.MEASURE])), min_size=1),
    more=st.sampled_from(sorted(load_codes().lists[CodeList.MEASURE])),
)
def test_another_measure_never_makes_a_penalty_lighter(measures: list[str], more: str) -> None:
    day = date(2026, 5, 1)
    assert POINTS[severity_of([*measures, more], day=day)] >= POINTS[severity_of(measures, day=day)]


def test_the_instrument_follows_the_day_of_the_document() -> None:
    tags = [instrument_of(date.fromisoformat(day)).tag for day in ("2026-04-01", "2026-03-31", "2023-04-30")]
    assert tags == ["S", "P", "P"]
    assert "第36号" in instrument_of(date(2026, 4, 1)).zh
    assert "第58号" in instrument_of(date(2026, 3, 31)).zh


def test_a_code_stands_once_in_its_list() -> None:
    table: dict[str, Any] = {str(name): [] for name in CodeList} | {"version": "1"}
    told = {"code": "a", "zh": "甲", "en": "a", "tag": "P", "source": "s"}
    assert list(read_codes(table | {"honour": [told]}).lists[CodeList.HONOUR]) == ["a"]
    with pytest.raises(ValueError, match="stands twice"):
        read_codes(table | {"honour": [told, told]})


def test_every_code_says_how_far_its_source_was_read() -> None:
    book = load_codes()
    assert {each.tag for codes in book.lists.values() for each in codes.values()} <= set("TSMP")
    assert all(each.source and each.zh and each.en for codes in book.lists.values() for each in codes.values())
    assert all(each.info_class for each in book.lists[CodeList.MISCONDUCT].values())
    assert all(each.severity for each in book.lists[CodeList.MEASURE].values())


def test_of_a_practitioner_no_name_is_taken() -> None:
    names = {field.name for kind in KINDS.values() for field in kind.fields_for(HolderKind.PRACTITIONER)
             if HolderKind.PRACTITIONER in kind.holders}  # fmt: skip
    assert not {"name_zh", "name_en"} & names
    told = about(holder="BLUEBIRD/C0421", holder_kind="practitioner", station="CQ-01", login="courier")
    record = parse_record(told, today=TODAY)
    assert (record.key, record.kind, record.holder.is_public) == ("courier", RecordKind.IDENTITY, False)


@given(told=st.dictionaries(st.sampled_from(sorted(penalty())), st.text() | st.integers() | st.lists(st.text())))
def test_whatever_is_told_is_taken_or_refused(told: dict[str, Any]) -> None:
    for each in (told, penalty() | told):
        try:
            parse_record(each, today=TODAY)
        except ArchiveRefused as refused:
            assert refused.field  # noqa: PT017 either is right, nothing else is


def test_a_uscc_is_written_one_way() -> None:
    assert parse_record(about(holder=f" {BIRD.lower()} "), today=TODAY).holder.code == BIRD
