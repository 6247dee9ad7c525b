"""The record kinds (信息征集目录): what an archive holds, in which class, about whom, told by which fields."""

from dataclasses import dataclass
from enum import StrEnum

from credit_scoring.archive.codes import CodeList, InfoClass
from credit_scoring.archive.holder import HolderKind
from credit_scoring.errors import ArchiveRefused, RecordFault


class RecordKind(StrEnum):
    """What a record says."""

    IDENTITY = "identity"  # 主体登记: opens the archive
    FRANCHISE = "franchise"  # 加盟关系: under whose brand and headquarters
    SUCCESSION = "succession"  # 合并、换码: who takes everything over
    LICENCE = "licence"  # 快递业务经营许可
    LICENCE_HALT = "licence_halt"  # 许可暂扣、吊销
    BRANCH = "branch"  # 分支机构
    OUTLET = "outlet"  # 末端网点备案
    PENALTY = "penalty"  # 行政处罚
    PENALTY_NOTICE = "penalty_notice"  # 处罚变更、撤销的通知: the clock of Art. 17 runs from its effect
    MISCONDUCT = "misconduct"  # 失信行为
    PROHIBITED_GOODS = "prohibited_goods"  # 禁寄物品事件
    COMMITMENT = "commitment"  # 信用承诺
    COMMITMENT_JUDGEMENT = "commitment_judgement"  # 承诺履行情况
    HONOUR = "honour"  # 表彰奖励


class Shape(StrEnum):
    """How a field is read."""

    TEXT = "text"  # up to 120 characters, nothing of a person
    CODE = "code"  # 1 to 64 letters, digits, - and _
    LOGIN = "login"  # an account's login name
    DAY = "day"  # YYYY-MM-DD
    USCC = "uscc"
    DIVISIONS = "divisions"  # codes of GB/T 2260, or * for the nation
    NUMBER = "number"  # 0 or more
    RECORD = "record"  # a record's id
    CHOICE = "choice"  # one of the field's choices
    LISTED = "listed"  # one code of a list
    LISTED_MANY = "listed_many"  # one or more codes of a list
    ALL = "all"  # every one of the field's choices


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. `column` is where it is kept beside the details: what is counted or looked up."""

    name: str
    shape: Shape
    required: bool = True
    column: str | None = None
    choices: tuple[str, ...] = ()
    listed: CodeList | None = None
    only_for: frozenset[HolderKind] = frozenset()  # empty: for all of the kind


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `info_class` None: told by the record. `declared`: whether the enterprise itself may tell it."""

    name: RecordKind
    info_class: InfoClass | None
    holders: frozenset[HolderKind]
    fields: tuple[Field, ...]
    declared: bool = False
    needs_document_date: bool = True
    needs_division: bool = False
    needs_proof: bool = False

    def fields_for(self, holder: HolderKind) -> tuple[Field, ...]:
        """The fields of a record about this kind of holder."""
        return tuple(each for each in self.fields if not each.only_for or holder in each.only_for)


PARTS = (
    "lawful",
    "truthful",
    "quality",
    "service",
    "liability",
)  # 遵纪守法 信息真实性 产品质量 服务保证 承担的责任与义务
SUSPENDED, REVOKED = "suspended", "revoked"
KEPT, BROKEN = "kept", "broken"
AT_ACCEPTANCE = "acceptance"

_H = HolderKind
_ALL = frozenset(HolderKind)
_ENTERPRISE = frozenset({_H.ENTERPRISE})
_ORGANISATIONS = frozenset({_H.ENTERPRISE, _H.PLATFORM, _H.MERCHANT})
_NAMED = _ALL - {_H.PRACTITIONER}
_FROM = Field("valid_from", Shape.DAY, column="valid_from")
_UNTIL = Field("valid_until", Shape.DAY, required=False, column="valid_until")
_ABOUT = Field("about", Shape.CHOICE, choices=tuple(InfoClass))


def _key(name: str, shape: Shape = Shape.TEXT) -> Field:
    return Field(name, shape, column="key")


_KINDS = (
    Kind(
        RecordKind.IDENTITY, InfoClass.BASIC, _ALL,
        (
            Field("name_zh", Shape.TEXT, column="key", only_for=_NAMED),
            Field("name_en", Shape.TEXT, required=False, only_for=_NAMED),
            Field("uscc", Shape.USCC, required=False, only_for=frozenset({_H.PLATFORM})),
            Field("station", Shape.CODE, only_for=frozenset({_H.PRACTITIONER})),
            Field("login", Shape.LOGIN, required=False, column="key", only_for=frozenset({_H.PRACTITIONER})),
        ),
        declared=True,
    ),
    Kind(
        RecordKind.FRANCHISE, InfoClass.BASIC, _ENTERPRISE, (_key("parent", Shape.USCC), _FROM, _UNTIL), declared=True,
    ),
    Kind(
        RecordKind.SUCCESSION, InfoClass.BASIC, _ORGANISATIONS - {_H.PLATFORM},
        (
            _key("successor", Shape.USCC),
            Field("reason", Shape.CHOICE, column="code", choices=("merger", "code_change")),
            _FROM,
        ),
        needs_proof=True,
    ),
    Kind(
        RecordKind.LICENCE, InfoClass.LICENSING, _ENTERPRISE,
        (
            _key("number"),
            Field("areas", Shape.DIVISIONS),
            _FROM,
            Field("valid_until", Shape.DAY, column="valid_until"),
        ),
    ),
    Kind(
        RecordKind.LICENCE_HALT, InfoClass.LICENSING, _ENTERPRISE,
        (_key("number"), Field("halt", Shape.CHOICE, column="code", choices=(SUSPENDED, REVOKED)), _FROM, _UNTIL),
        needs_proof=True,
    ),
    Kind(
        RecordKind.BRANCH, InfoClass.LICENSING, _ENTERPRISE, (_key("branch", Shape.CODE), _FROM, _UNTIL),
        declared=True, needs_division=True,
    ),
    Kind(
        RecordKind.OUTLET, InfoClass.LICENSING, _ENTERPRISE, (_key("outlet", Shape.CODE), _FROM, _UNTIL),
        declared=True, needs_document_date=False, needs_division=True,
    ),
    Kind(
        RecordKind.PENALTY, None, _ALL,
        (
            _key("number"),
            _ABOUT,
            Field("measures", Shape.LISTED_MANY, listed=CodeList.MEASURE),
            Field("amount_yuan", Shape.NUMBER, required=False),
        ),
        needs_proof=True,
    ),
    Kind(
        RecordKind.PENALTY_NOTICE, None, _ALL,
        (
            _key("penalty", Shape.RECORD),
            Field("change", Shape.CHOICE, column="code", choices=("changed", REVOKED)),
            _FROM,
        ),
        declared=True, needs_proof=True,
    ),
    Kind(
        RecordKind.MISCONDUCT, None, _ALL,
        (Field("misconduct", Shape.LISTED, column="code", listed=CodeList.MISCONDUCT),),
        needs_proof=True,
    ),
    Kind(
        RecordKind.PROHIBITED_GOODS, InfoClass.SAFETY, frozenset({_H.ENTERPRISE, _H.STATION, _H.PRACTITIONER}),
        (
            Field("found", Shape.LISTED, column="code", listed=CodeList.FOUND),
            Field("category", Shape.CODE),
            Field("quantity", Shape.NUMBER, required=False),
        ),
        needs_proof=True,
    ),
    Kind(
        RecordKind.COMMITMENT, InfoClass.RESPONSIBILITY, _ORGANISATIONS,
        (
            _key("template", Shape.CODE),
            Field("parts", Shape.ALL, choices=PARTS),
            Field("published_on", Shape.DAY, column="valid_from"),
        ),
        declared=True, needs_proof=True,
    ),
    Kind(
        RecordKind.COMMITMENT_JUDGEMENT, InfoClass.RESPONSIBILITY, _ORGANISATIONS,
        (_key("commitment", Shape.RECORD), Field("verdict", Shape.CHOICE, column="code", choices=(KEPT, BROKEN))),
        needs_proof=True,
    ),
    Kind(
        RecordKind.HONOUR, InfoClass.OTHER, _ALL,
        (_key("title"), Field("level", Shape.LISTED, column="code", listed=CodeList.HONOUR)),
        needs_proof=True,
    ),
)  # fmt: skip
KINDS = {kind.name: kind for kind in _KINDS}


def kind_of(name: str, holder: HolderKind) -> Kind:
    """The kind of this name. Raises ArchiveRefused `kind_unknown` or `kind_not_for_holder`."""
    if name not in set(RecordKind):
        raise ArchiveRefused(RecordFault.KIND_UNKNOWN, "kind")
    kind = KINDS[RecordKind(name)]
    if holder not in kind.holders:
        raise ArchiveRefused(RecordFault.KIND_NOT_FOR_HOLDER, "kind")
    return kind


def find_kinds(holder: HolderKind, *, declared: bool) -> list[Kind]:
    """The kinds that a holder's archive takes; `declared`: only what the enterprise itself may tell."""
    return [kind for kind in _KINDS if holder in kind.holders and (kind.declared or not declared)]
