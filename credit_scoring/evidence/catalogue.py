"""The catalogue (指标目录): every indicator with its question, source, unit, direction, citation and tag.

Citations are of the texts in force: 快递暂行条例 as numbered since 2025-06-01, 快递市场管理办法 (2023 No. 22).
"""

from credit_scoring.evidence.indicators import Area, Direction, Indicator, IndicatorName, Kind, Needs, Tag, Unit

_HIGHER, _LOWER = Direction.HIGHER, Direction.LOWER
Words = tuple[str, str, str, str]  # title and question, each in Chinese and in English


def _of_parcels(
    name: IndicatorName,
    words: Words,
    citation: str,
    tag: Tag = Tag.TEXT,
    *,
    direction: Direction = _HIGHER,
    needs: Needs = Needs.JOURNEY,
) -> Indicator:
    return Indicator(name, Area.PARCELS, Kind.PROPORTION, direction, needs, Unit.SHARE, *words, citation, tag)


def _rare(
    name: IndicatorName, words: Words, citation: str, tag: Tag = Tag.TEXT, *, area: Area, needs: Needs = Needs.PARCELS
) -> Indicator:
    return Indicator(name, area, Kind.RARE_EVENT, _LOWER, needs, Unit.PER_MILLION, *words, citation, tag)


def _hours(name: IndicatorName, words: Words) -> Indicator:
    citation = "快递服务质量监测（国家邮政局通告：全程时限及各环节）"
    return Indicator(
        name, Area.PARCELS, Kind.MEAN_HOURS, _LOWER, Needs.JOURNEY, Unit.HOURS, *words, citation, Tag.SECONDARY
    )


def _in_register(
    name: IndicatorName, unit: Unit, words: Words, citation: str, tag: Tag, *, direction: Direction = _HIGHER
) -> Indicator:
    return Indicator(name, Area.ARCHIVE, Kind.REGISTER, direction, Needs.RECORDS, unit, *words, citation, tag)


_ASPECTS = (
    ("overall", "整体满意度", "overall satisfaction"),
    ("quality", "产品质量", "quality of the product"),
    ("reputation", "品牌信誉", "reputation of the brand"),
    ("after_sales", "售后服务", "after-sales service"),
)
_RATERS = (
    ("consumer", "消费者", "Consumers"),
    ("merchant", "商户", "Merchants"),
    ("regulator", "监管部门", "Regulators"),
)


def _rating(rater: tuple[str, str, str], aspect: tuple[str, str, str]) -> Indicator:
    question_zh = f"{rater[1]}对{aspect[1]}的评分（1至5星），按评价权重平均。"
    question_en = f"Stars from 1 to 5 that {rater[2].lower()} gave for {aspect[2]}, each with its weight."
    title = (f"{rater[1]}评价·{aspect[1]}", f"{rater[2]}: {aspect[2]}")
    citation = "广州指导意见 (2020) 二（三）；颍州任务分工表 (2018) 6"
    return Indicator(
        IndicatorName(f"{rater[0]}_{aspect[0]}"),
        Area.VOICES, Kind.RATING, _HIGHER, Needs.RECORDS, Unit.STARS,
        *title, question_zh, question_en, citation, Tag.TEXT,
    )  # fmt: skip


INDICATORS: tuple[Indicator, ...] = (
    _of_parcels(
        IndicatorName.DELIVERED_IN_TIME,
        (
            "按时妥投率", "Delivered in time",
            "已妥投和已逾期的件中，在承诺时限内妥投的比例；没有承诺的以收寄后72小时为限。",
            "Of the delivered and the overdue parcels, those delivered by the promise, or 72 h after acceptance.",
        ),
        "快递市场管理办法 26(9); GB/T 27917.2 16.1.3",
        Tag.SECONDARY,
    ),
    _of_parcels(
        IndicatorName.PICKED_UP_IN_TIME,
        (
            "按时揽收率", "Picked up in time",
            "有约定上门时间的件中，在约定时间之前收寄的比例。",
            "Of the parcels with a promised pick-up, those accepted by then.",
        ),
        "快递市场管理办法 26(9)",
        needs=Needs.PICKUP_PROMISE,
    ),
    _of_parcels(
        IndicatorName.TRACE_COMPLETE,
        (
            "轨迹完整率", "Trace complete",
            "已终结或已丢失的件中，轨迹没有缺失环节的比例。",
            "Of the parcels whose way has ended, or that were lost, those without a gap in their trace.",
        ),
        "快递市场管理办法 25, 26(7), 26(10)",
    ),
    _rare(
        IndicatorName.LOSS,
        ("丢失率", "Lost", "全部收寄件中，丢失或销毁的件。", "Of all parcels accepted, those lost or destroyed."),
        "快递暂行条例 28",
        area=Area.PARCELS,
        needs=Needs.JOURNEY,
    ),
    _rare(
        IndicatorName.DAMAGE,
        ("损毁率", "Damaged", "全部收寄件中，报告损毁的件。", "Of all parcels accepted, those reported damaged."),
        "快递暂行条例 28",
        area=Area.PARCELS,
        needs=Needs.JOURNEY,
    ),
    _of_parcels(
        IndicatorName.WITHIN_72_HOURS,
        (
            "72小时妥投率", "Delivered within 72 hours",
            "收寄已满72小时或已妥投的件中，收寄后72小时内妥投的比例。",
            "Of the parcels delivered or accepted more than 72 h ago, those delivered within 72 h of acceptance.",
        ),
        "GB/T 27917.2 16.1.3; 快递服务质量监测",
        Tag.SECONDARY,
    ),
    _of_parcels(
        IndicatorName.WITHIN_24_HOURS,
        (
            "同城24小时妥投率", "Same city within 24 hours",
            "同城件中，收寄后24小时内妥投的比例。",
            "Of the parcels within one city, those delivered within 24 h of acceptance.",
        ),
        "GB/T 27917.2 16.1.3",
        Tag.SECONDARY,
    ),
    _of_parcels(
        IndicatorName.SCANS_IN_TIME,
        (
            "轨迹及时率", "Scans in time",
            "收寄后有轨迹的件中，每次扫描都在两小时内上传入库的比例。",
            "Of the parcels with scans after acceptance, those each scan of which was recorded within two hours.",
        ),
        "快递市场管理办法 25, 26(7)",
        Tag.PROPOSAL,
    ),
    _of_parcels(
        IndicatorName.WITHOUT_CONSENT,
        (
            "未经同意入柜入站率", "Stored without consent",
            "已妥投或待取的件中，未经收件人同意投入智能快件箱或服务站的比例。",
            "Of the parcels delivered or waiting to be fetched, those put into a locker or station without consent.",
        ),
        "快递市场管理办法 28, 54; 电子商务法 52",
        direction=_LOWER,
    ),
    _of_parcels(
        IndicatorName.REAL_NAME,
        (
            "实名收寄率", "Real-name collection",
            "收寄件中，查验并登记寄件人身份或有法定豁免的比例；没有记录视为未做。",
            "Of the parcels accepted, those whose sender was checked and registered, or lawfully exempt.",
        ),
        "快递暂行条例 23; 邮件快件实名收寄管理办法 3",
        needs=Needs.PARCELS,
    ),
    _of_parcels(
        IndicatorName.INSPECTION,
        (
            "收寄验视率", "Inspection at acceptance",
            "收寄件中，有验视结果的比例；没有记录视为未做。",
            "Of the parcels accepted, those with a result of the inspection; no record counts as not done.",
        ),
        "快递暂行条例 32; 邮政业寄递安全监督管理办法",
        needs=Needs.PARCELS,
    ),
    _of_parcels(
        IndicatorName.SCREENING,
        (
            "过机安检率", "Security screening",
            "已终结或已丢失的件中，过机安检的比例；没有记录视为未做。",
            "Of the parcels whose way has ended, or that were lost, those that went through the security scanner.",
        ),
        "快递暂行条例 33; 邮政业寄递安全监督管理办法",
    ),
    _hours(
        IndicatorName.FULL_HOURS,
        (
            "全程时限", "Full time", "已妥投件从收寄到签收的平均小时数。",
            "Mean hours from acceptance to sign-off of the delivered parcels.",
        ),
    ),
    _hours(
        IndicatorName.ORIGIN_HOURS,
        (
            "寄出地处理时限", "Time at the origin", "已妥投件从收寄到首次发件的平均小时数。",
            "Mean hours from acceptance to the first departure.",
        ),
    ),
    _hours(
        IndicatorName.TRANSPORT_HOURS,
        (
            "运输时限", "Time on the road", "已妥投件从首次发件到末次到件的平均小时数。",
            "Mean hours from the first departure to the last arrival.",
        ),
    ),
    _hours(
        IndicatorName.DESTINATION_HOURS,
        (
            "寄达地处理时限", "Time at the destination", "已妥投件从末次到件到首次派件的平均小时数。",
            "Mean hours from the last arrival to the first going out for delivery.",
        ),
    ),
    _hours(
        IndicatorName.DELIVERY_HOURS,
        (
            "投递时限", "Time of delivery", "已妥投件从首次派件到签收的平均小时数。",
            "Mean hours from the first going out for delivery to sign-off.",
        ),
    ),
    Indicator(
        IndicatorName.COVERAGE, Area.PARCELS, Kind.REGISTER, _HIGHER, Needs.RECORDS, Unit.SHARE,
        "上报覆盖率", "Coverage",
        "企业申报件量与平台下单所示的件中，实际扫描收寄的比例。",
        "Of the parcels that the carrier declared, or that platforms announced, those that were scanned.",
        "快递市场管理办法 26(7), 38", Tag.PROPOSAL,
    ),
    _in_register(
        IndicatorName.LICENCE_VALID, Unit.SHARE,
        ("许可有效", "Licence valid", "评价期内经营许可有效的天数比例。", "Days of the period with a valid licence."),
        "快递市场管理办法 18; 国邮发〔2017〕105号", Tag.TEXT,
    ),
    _in_register(
        IndicatorName.OUTLETS_FILED, Unit.SHARE,
        ("末端网点备案率", "Outlets filed", "已知末端网点中按期备案的比例。", "Of the known outlets, those filed."),
        "快递暂行条例 19", Tag.TEXT,
    ),
    _in_register(
        IndicatorName.VOLUME_DECLARED, Unit.SHARE,
        (
            "件量按期申报率", "Volumes declared in time", "应申报的月份中按期申报件量的比例。",
            "Of the months due, those whose volume was declared in time.",
        ),
        "快递市场管理办法 38", Tag.PROPOSAL,
    ),
    _rare(
        IndicatorName.PROHIBITED_GOODS,
        (
            "禁寄物品", "Prohibited goods", "每百万收寄件中查实收寄禁寄物品的件。",
            "Incidents of prohibited goods accepted, a million parcels.",
        ),
        "快递暂行条例 34; 禁止寄递物品管理规定",
        area=Area.ARCHIVE,
    ),
    _in_register(
        IndicatorName.PENALTIES, Unit.COUNT,
        (
            "行政处罚", "Penalties", "评价期内的行政处罚，轻微计1、一般计3、严重计10。",
            "Penalties of the period: minor 1, general 3, serious 10.",
        ),
        "国邮发〔2017〕105号；信用修复管理办法 (2026-04-01)", Tag.PROPOSAL, direction=_LOWER,
    ),
    _rare(
        IndicatorName.COMPLAINTS,
        (
            "申诉率", "Complaints", "每百万收寄件的投诉申诉数。", "Complaints and appeals, a million parcels.",
        ),
        "邮政法 65; 邮政业用户申诉情况通告",
        Tag.SECONDARY,
        area=Area.COMPLAINTS,
    ),
    _rare(
        IndicatorName.EFFECTIVE_COMPLAINTS,
        (
            "有效申诉率", "Effective complaints", "每百万收寄件中认定企业负责的有效申诉数。",
            "Complaints for which the carrier was found responsible, a million parcels.",
        ),
        "邮政法 65; 邮政业用户申诉情况通告",
        Tag.SECONDARY,
        area=Area.COMPLAINTS,
    ),
    Indicator(
        IndicatorName.ANSWERED_IN_7_DAYS, Area.COMPLAINTS, Kind.PROPORTION, _HIGHER, Needs.RECORDS, Unit.SHARE,
        "7日内答复率", "Answered within 7 days",
        "已到答复期限的投诉中，企业在7日内处理并告知的比例。",
        "Of the complaints whose answer was due, those that the carrier handled and answered within 7 days.",
        "快递暂行条例 29", Tag.TEXT,
    ),
    *(_rating(rater, aspect) for rater in _RATERS for aspect in _ASPECTS),
    _in_register(
        IndicatorName.COMMITMENTS_KEPT, Unit.SHARE,
        (
            "信用承诺履行率", "Commitments kept",
            "已评判的信用承诺中履行的比例。", "Of the commitments judged, those kept.",
        ),
        "颍州任务分工表 (2018) 11；福建实施方案 (2017)（十）", Tag.TEXT,
    ),
    _in_register(
        IndicatorName.HONOURS, Unit.COUNT,
        ("表彰奖励", "Honours", "评价期内的表彰和奖励数。", "Honours of the period."),
        "国邮发〔2017〕105号", Tag.SECONDARY,
    ),
    _in_register(
        IndicatorName.MISCONDUCT, Unit.COUNT,
        ("失信行为", "Misconduct", "评价期内按代码表认定的失信行为数。", "Findings of misconduct by the closed list."),
        "颍州任务分工表 (2018) 10", Tag.TEXT, direction=_LOWER,
    ),
)  # fmt: skip
_BY_NAME = {indicator.name: indicator for indicator in INDICATORS}


def indicator_of(name: IndicatorName) -> Indicator:
    """The indicator with this name."""
    return _BY_NAME[name]
