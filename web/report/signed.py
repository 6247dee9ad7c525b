"""The signed report (签名报告): the report's canonical bytes under the tracker's receipt key, as a flattened JWS.

RFC 7515 section 7.2.2: `payload`, `protected` and `signature`; beside them, unsigned, the notices by which the keys
followed each other, so that who has pinned an earlier key of this tracker needs no other file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from tracker.wire.signature import NotAJws, SigningKey, VerifyingKey, parse_jws, signed_payload
from tracker.wire.tracker_keys import follow_keys

REPORT_TYPE = "jixin-credit-report+jws"
KIND = "credit_report"
MEDIA_TYPE = "application/jose+json"
VERSION = 1


class _Beside(Struct, frozen=True, forbid_unknown_fields=True):
    key_notices: Annotated[list[str], Meta(max_length=1000)] = []


class _Flattened(Struct, frozen=True, forbid_unknown_fields=True):
    payload: str
    protected: str
    signature: str
    header: _Beside = _Beside()


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """A report whose signature holds: by which key, and what it says."""

    kid: str
    content: dict[str, Any]


class NotAReport(ValueError):
    """No report that a trusted key signed; the message says why, in both languages."""


def sign_report(payload: bytes, key: SigningKey, notices: Sequence[str]) -> bytes:
    """The file: flattened JWS as JSON. The same payload under the same key gives the same bytes."""
    protected, body, signature = key.sign(payload, typ=REPORT_TYPE).split(".")
    beside = _Beside(list(notices))
    return msgspec.json.encode(_Flattened(body, protected, signature, beside), order="sorted") + b"\n"


def open_report(file: bytes, trusted: Mapping[str, VerifyingKey]) -> OpenedReport:
    """What a report's file says, once one of the trusted keys (by kid), or a later one they lead to, has signed it.

    A key that signed before the trusted ones is not followed back to: whoever trusts it names it. Raises NotAReport.
    """
    try:
        flattened = msgspec.json.decode(file, type=_Flattened)
        text = f"{flattened.protected}.{flattened.payload}.{flattened.signature}"
        header = parse_jws(text).header
    except (msgspec.MsgspecError, NotAJws, UnicodeError) as error:
        raise NotAReport("不是签名的信用报告 not a signed credit report (JWS with the header alg, kid, typ)") from error
    if header.typ != REPORT_TYPE:
        raise NotAReport(f"签名类型不对 signed as {header.typ}, not as a credit report ({REPORT_TYPE})")
    keys = follow_keys(flattened.header.key_notices, trusted)
    if header.kid not in keys:
        raise NotAReport(
            f"签名的密钥不在信任之列 signed by {header.kid}, which is none of the keys that you trust nor follows from"
            " them: a retired key, or another tracker's. `jixin keys` prints every key of a tracker, past ones too"
        )
    try:
        content = msgspec.json.decode(signed_payload(text, keys, typ=REPORT_TYPE), type=dict[str, Any])
    except NotAJws as error:
        raise NotAReport("签名不符，内容被改动过 the signature does not fit: the content was changed") from error
    except msgspec.MsgspecError as error:
        raise NotAReport("签名的不是报告 what was signed is no report") from error
    if (content.get("kind"), content.get("v")) != (KIND, VERSION):
        raise NotAReport("本程序不认识的报告版本 a report of a kind or version that this program does not read")
    return OpenedReport(header.kid, content)
