"""The inspection (收寄验视): what was declared and what was found, and what speaks against taking it."""

from scanners.goods.prohibited import StopList, find_prohibited
from scanners.identity.presented import Declaration, Inspection
from scanners.identity.reasons import Reason
from tracker.wire.goods import Category, InspectionResult

_MAX_NAME = 200


def check_goods(
    declaration: Declaration | None, inspection: Inspection | None, *, is_letter: bool, stop_list: StopList
) -> list[Reason]:
    """What speaks against the goods; nothing where they may be taken. `is_letter`: accepted under that exemption."""
    return [
        *_check_declaration(declaration, is_letter, stop_list),
        *_check_inspection(declaration, inspection, is_letter),
    ]


def _check_declaration(declaration: Declaration | None, is_letter: bool, stop_list: StopList) -> list[Reason]:
    if declaration is None:
        return [Reason.DECLARATION_MISSING]
    found = [] if declaration.confirmed else [Reason.DECLARATION_UNCONFIRMED]
    if declaration.category not in Category.__members__:
        found.append(Reason.CATEGORY_UNKNOWN)
    elif is_letter and declaration.category != Category.LETTER:
        found.append(Reason.LETTER_WITH_GOODS)
    if not 0 < len(declaration.name.strip()) <= _MAX_NAME or declaration.quantity < 1:
        found.append(Reason.GOODS_INCOMPLETE)
    if find_prohibited(declaration.category, declaration.name, stop_list) is not None:
        found.append(Reason.GOODS_PROHIBITED)
    return found


def _check_inspection(declaration: Declaration | None, inspection: Inspection | None, is_letter: bool) -> list[Reason]:
    if inspection is None:
        return [Reason.INSPECTION_MISSING]
    if inspection.result == InspectionResult.DECLINED:
        return [Reason.INSPECTION_DECLINED]
    if inspection.result == InspectionResult.LETTER_UNOPENED and not is_letter:
        return [Reason.INSPECTION_MISSING]
    if inspection.result not in (InspectionResult.PASSED, InspectionResult.LETTER_UNOPENED):
        return [Reason.INSPECTION_FAILED]
    found = [] if inspection.weight_g > 0 else [Reason.GOODS_INCOMPLETE]
    declared = None if declaration is None else (declaration.category, declaration.quantity)
    if declared is not None and declared != (inspection.category, inspection.quantity):
        found.append(Reason.INSPECTION_MISMATCH)
    return found
