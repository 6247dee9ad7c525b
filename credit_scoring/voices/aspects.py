"""The aspects (评价指标): what a rater gives stars for, the four that 广州指导意见 2020 二(三) names; and who rates."""

from collections.abc import Mapping
from enum import StrEnum

Stars = Mapping["Aspect", int]  # 1 to 5; an aspect without stars is absent, never 0
FEWEST, MOST = 1, 5


class Aspect(StrEnum):
    """One aspect; a rating always says `overall`, the others where the rater has an opinion."""

    OVERALL = "overall"  # 整体满意度
    QUALITY = "quality"  # 产品质量: here the quality of the delivery, which is what a carrier sells
    REPUTATION = "reputation"  # 品牌信誉
    AFTER_SALES = "after_sales"  # 售后服务


class Rater(StrEnum):
    """Who speaks (A6, C(七): 监管部门、商户和消费者)."""

    CONSUMER = "consumer"  # 消费者: the recipient of a delivered parcel
    MERCHANT = "merchant"  # 商户: a platform, for parcels that it announced
    REGULATOR = "regulator"  # 监管部门: with a checklist


def indicator_name(rater: Rater, aspect: Aspect) -> str:
    """The indicator that counts a class of raters in an aspect: `consumer_after_sales`."""
    return f"{rater}_{aspect}"


def check_stars(stars: Stars) -> bool:
    """Whether these are stars that may be given: `overall` among them, each a whole number from 1 to 5."""
    return Aspect.OVERALL in stars and all(FEWEST <= each <= MOST for each in stars.values())
