"""Goods (内件): what a parcel may be declared to hold, and what came of looking into it (收寄验视)."""

from enum import StrEnum


class InspectionResult(StrEnum):
    """What the clerk found; only the first and the last let a parcel be accepted."""

    PASSED = "PASSED"  # 合格: opened, and what was declared is what is inside
    FAILED = "FAILED"  # 不合格
    DECLINED = "DECLINED"  # 寄件人拒绝验视
    LETTER_UNOPENED = "LETTER_UNOPENED"  # 信件: its contents are nobody's to read


class Category(StrEnum):
    """What is declared. The first part is a proposal of this house; the second are the classes of the catalogue.

    Classes of 禁止寄递物品指导目录 (2016), from common knowledge: the text of its items was not read here.
    """

    LETTER = "LETTER"  # 信件
    DOCUMENTS = "DOCUMENTS"  # 文件单据
    BOOKS = "BOOKS"  # 图书
    CLOTHING = "CLOTHING"  # 服装鞋帽
    FOOD = "FOOD"  # 食品
    FRESH_FOOD = "FRESH_FOOD"  # 生鲜
    ELECTRONICS = "ELECTRONICS"  # 电子产品
    HOUSEHOLD = "HOUSEHOLD"  # 日用品
    COSMETICS = "COSMETICS"  # 化妆品
    MEDICINE = "MEDICINE"  # 药品
    TOOLS = "TOOLS"  # 五金工具
    OTHER = "OTHER"  # 其他
    FIREARMS = "FIREARMS"  # 枪支弹药
    CONTROLLED_IMPLEMENTS = "CONTROLLED_IMPLEMENTS"  # 管制器具
    EXPLOSIVES = "EXPLOSIVES"  # 爆炸物品
    GASES = "GASES"  # 压缩和液化气体及其容器
    FLAMMABLE_LIQUIDS = "FLAMMABLE_LIQUIDS"  # 易燃液体
    FLAMMABLE_SOLIDS = "FLAMMABLE_SOLIDS"  # 易燃固体、自燃物质、遇水易燃物质
    OXIDISERS = "OXIDISERS"  # 氧化剂和过氧化物
    TOXIC = "TOXIC"  # 毒性物质
    INFECTIOUS = "INFECTIOUS"  # 生化制品、传染性、感染性物质
    RADIOACTIVE = "RADIOACTIVE"  # 放射性物质
    CORROSIVE = "CORROSIVE"  # 腐蚀性物质
    DRUGS = "DRUGS"  # 毒品及吸毒工具、非正当用途麻醉药品和精神药品
    ILLEGAL_PUBLICATIONS = "ILLEGAL_PUBLICATIONS"  # 非法出版物、印刷品、音像制品等宣传品
    ESPIONAGE_DEVICES = "ESPIONAGE_DEVICES"  # 间谍专用器材
    FORGED_ITEMS = "FORGED_ITEMS"  # 非法伪造物品
    COUNTERFEITS = "COUNTERFEITS"  # 侵犯知识产权和假冒伪劣物品
    ENDANGERED_WILDLIFE = "ENDANGERED_WILDLIFE"  # 濒危野生动物及其制品
    BORDER_PROHIBITED = "BORDER_PROHIBITED"  # 禁止进出境物品
    OTHER_PROHIBITED = "OTHER_PROHIBITED"  # 其他禁寄物品


_CLASSES = list(Category)
PROHIBITED = frozenset(_CLASSES[_CLASSES.index(Category.FIREARMS) :])
