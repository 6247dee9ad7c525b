"""The demo's agreement (演示协议客户): an invented customer whose safety agreement the demo's counter holds."""

from datetime import date, datetime

from scanners.agreement_file import FILE_NAME
from scanners.simulator.fleet import build_fleet
from scanners.simulator.products import KINDS
from tracker.store.agreement_store import save_agreements
from tracker.store.database import transaction
from tracker.wire.agreements import Agreement
from tracker.wire.details import LOCAL
from web.commands.agreeing import run_export
from web.commands.services import open_store
from web.settings import Settings

NUMBER = "DEMO-1"


def file_demo_agreement(settings: Settings, *, seed: int, now: datetime) -> str:
    """File it for the counter's carrier and sign the list anew, which grows old in 30 days; its number and customer."""
    carrier, customer = build_fleet(seed).stations[0].carrier, KINDS[0]
    year = now.astimezone(LOCAL).year
    agreement = Agreement(
        carrier, NUMBER, customer.maker, customer.maker_uscc, date(year, 1, 1), date(year + 1, 12, 31)
    )
    engine = open_store(settings)
    with transaction(engine) as session:
        save_agreements(session, [agreement], filed_at=now)
    engine.dispose()
    run_export(settings, carrier, settings.data_dir / FILE_NAME, now=now)
    return f"{NUMBER} · {agreement.customer}（{agreement.uscc}）"
