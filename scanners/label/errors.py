"""What cannot be printed (印不出): each message says what to do.

LabelError
├── OrderUnreadable     the JSON is no order of labels
├── CharacterMissing    no font here has a character
├── FontUnreadable      the font that is set is none
└── NumberTooLong       the waybill number does not fit as a barcode
"""


class LabelError(Exception):
    """A label cannot be made; nothing of it was written."""


class OrderUnreadable(LabelError):
    """The JSON is no order of labels; the message names the field, never its value."""


class CharacterMissing(LabelError):
    """No font here has a character: a label shows no boxes instead."""


class FontUnreadable(LabelError):
    """The font file that is set cannot be used."""


class NumberTooLong(LabelError):
    """The waybill number as Code 128 is wider than the label at the narrowest module that scanners read."""
