"""A needle (检索词): a value that must lie nowhere open, and its kind; it never shows itself."""

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum


class NeedleKind(StrEnum):
    """What a value is of a person, or that it was planted."""

    DOCUMENT = "document"  # 证件号码
    NAME = "name"  # 姓名
    PHONE = "phone"  # 电话
    ADDRESS = "address"  # 地址
    PLANTED = "planted"  # 埋设的检索词
    NAMED = "named"  # what an operator's own list names


@dataclass(frozen=True, slots=True)
class Needle:
    """One value. `beside` are other texts that a careless hash might be made of, such as kind and number joined; `line`
    is where it stands in an operator's list."""

    kind: NeedleKind
    value: str = field(repr=False)
    beside: tuple[str, ...] = field(default=(), repr=False)
    line: int | None = None

    @property
    def writings(self) -> set[str]:
        """The value as it was typed, and the ways in which programs write the same."""
        narrow = unicodedata.normalize("NFKC", self.value)
        found = {self.value}
        for text in (narrow, "".join(narrow.split())):
            wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
            found |= {text, text.upper(), text.lower(), wide, wide.replace(" ", "\u3000")}
        return found

    @property
    def hashed(self) -> set[str]:
        """What somebody would hash who wants to find the value again."""
        found = {*self.writings, *self.beside}
        if self.kind in (NeedleKind.PHONE, NeedleKind.NAMED):
            found |= {prefix + self.value for prefix in ("+86", "86", "0086")}
        return found
