"""The demo (演示): everything under one supervisor, 6,190 real pick-ups and a simulated fleet."""

import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console

from credit_scoring.evidence.window import Window
from credit_scoring.scoring.division_runs import save_division_run, save_province_runs
from credit_scoring.scoring.rhythm import past_months
from scanners.pickups import pickup_stations, write_replay_csv
from scanners.simulator.fleet import build_fleet
from tracker.access.accounts import find_accounts
from tracker.access.roles import EVERYTHING, WITH_SECOND_FACTOR, Role, Scope
from tracker.provenance.digital_link import build_digital_link
from tracker.store.database import reading, transaction
from tracker.store.registry import Carrier, Station, save_carrier, save_station
from tracker.wire.details import LOCAL
from tracker.working_days import local_day_of
from web.accounts.keys import read_account_keys
from web.commands.accounts import Made, make_account
from web.commands.demo.agreement import file_demo_agreement
from web.commands.demo.archive import demo_archive, tell_courier
from web.commands.demo.complaints import demo_complaints
from web.commands.demo.consumer import find_consumer
from web.commands.demo.counter import open_demo_counter
from web.commands.demo.past_months import save_past_runs
from web.commands.demo.product import register_demo_item
from web.commands.demo.self_service import check_demo_sender
from web.commands.demo.voices import demo_voices
from web.commands.services import open_store
from web.commands.supervisor import Supervisor, say_logins, say_where, supervising
from web.settings import Settings

LADE = Carrier("LADE", "LaDe 公开数据", "LaDe open data", is_dataset=True)


def run_demo(settings: Settings, *, parcels: int, seed: int, months: int, console: Console) -> None:
    """Start everything, send the data the whole way, say what to open, and run until told to stop."""
    if "log_level" not in settings.model_fields_set:  # the services' daily words would tear the progress bars
        settings = settings.model_copy(update={"log_level": "warning"})
    with supervising(settings) as supervisor:
        console.print("[bold]迹信 Jixin[/bold] 演示启动中 starting …")
        supervisor.wait_for_web()
        say_where(supervisor, console.print)
        if made := _ensure_demo_accounts(settings, seed):
            say_logins(made, supervisor.web_url, partial(console.print, markup=False))
            _say_second_factor(made, partial(console.print, markup=False))
        console.print("① 真实揽收 6,190 pick-ups → 待传箱 outbox → MQTT → 入库 tracker → 轨迹 trace", markup=False)
        done = _watch(supervisor, supervisor.run_child("replay", str(_prepare_pickups(settings))))
        console.print(f"② 模拟车队 {parcels:,} parcels of invented carriers, the last 30 days", markup=False)
        done &= _watch(supervisor, supervisor.run_child("simulate", "--parcels", str(parcels), "--seed", str(seed)))
        if not done:
            console.print("[red]✗ 有一步没有走完，原因见上 · one step did not finish, see above[/red]")
        _fill_archives(settings, seed)
        _file_complaints(settings, seed)
        _let_voices_speak(settings, seed)
        _judge_last_30_days(settings, supervisor)
        counter = open_demo_counter(settings, supervisor, seed=seed)
        _say_what_to_open(supervisor.web_url, _product_link(settings, supervisor.web_url), counter, console.print)
        agreement = file_demo_agreement(settings, seed=seed, now=datetime.now(UTC))
        console.print(f"  协议客户 an agreement's customer     {agreement}", markup=False)
        if posted := check_demo_sender(settings, seed=seed):
            console.print(f"  自助交寄 checked beforehand           {posted}", markup=False)
            console.print(
                "    柜台键入此运单号，再扫凭证或粘贴其文本 type it at the counter, then scan or paste the voucher"
            )
        _say_whose_door_opens(settings, supervisor.web_url, console.print)
        if months:
            _show_past_months(settings, supervisor, months, seed=seed, console=console)
        while True:
            supervisor.tick()


def _show_past_months(settings: Settings, supervisor: Supervisor, months: int, *, seed: int, console: Console) -> None:
    """The months before, while somebody looks already: a run of each, so that there is a trend."""
    console.print(f"④ 过去 {months} 个月 the months before, simulated too, in the background", markup=False)
    if not _watch(supervisor, supervisor.run_child("simulate", "--months", str(months), "--seed", str(seed))):
        console.print("[red]✗ 历史没有走完，原因见上 · the history did not finish, see above[/red]")
        return
    engine = open_store(settings)
    saved = save_past_runs(engine, months, now=datetime.now(UTC), between=supervisor.tick)
    engine.dispose()
    console.print(f"✓ 每月一次考核 a run of each month: {saved} 次 saved", markup=False)
    last, carrier = past_months(local_day_of(datetime.now(UTC)), 1)[0], build_fleet(seed).stations[0].carrier
    report = f"{supervisor.web_url}/carriers/{carrier}/report?from={last.from_date}&to={last.to_date}"
    console.print(f"  信用报告 a signed credit report        {report}", markup=False)


def _judge_last_30_days(settings: Settings, supervisor: Supervisor) -> None:
    """A run of the last 30 days, nationwide and of each province, to be compared and drawn on the map."""
    engine, now = open_store(settings), datetime.now(UTC)
    window = Window.parse(None, None, today=local_day_of(now))
    save_division_run(engine, window, None, now=now)
    for _ in save_province_runs(engine, window, now=now):
        supervisor.tick()
    engine.dispose()


def _file_complaints(settings: Settings, seed: int) -> None:
    """Complaints of what went wrong, so that their pages have something to show."""
    engine = open_store(settings)
    demo_complaints(engine, now=datetime.now(UTC), seed=seed)
    engine.dispose()


def _let_voices_speak(settings: Settings, seed: int) -> None:
    """Reviews, inspections and an objection, so that their pages have something to show."""
    engine = open_store(settings)
    keys = read_account_keys(settings.account_key_file)
    demo_voices(engine, build_fleet(seed), keys, seed=seed, now=datetime.now(UTC))
    engine.dispose()


def _prepare_pickups(settings: Settings) -> Path:
    """The pick-ups as a Replay CSV, and names for their data set and regions."""
    engine = open_store(settings)
    with transaction(engine) as session:
        save_carrier(session, LADE)
        for station in pickup_stations():
            save_station(session, Station(LADE.code, station.code, station.name, station.division))
    engine.dispose()
    path = settings.data_dir / "pickups.csv"
    write_replay_csv(path)
    return path


def _fill_archives(settings: Settings, seed: int) -> None:
    """The archives of the invented carriers, and that of the courier who has the demo's account."""
    engine, fleet, now = open_store(settings), build_fleet(seed), datetime.now(UTC)
    demo_archive(engine, fleet, now=now)
    tell_courier(engine, fleet.stations[0], "courier", now=now)
    engine.dispose()


def _ensure_demo_accounts(settings: Settings, seed: int) -> list[Made]:
    """One account of each role that has something to look at; those that are there already are not made again."""
    station = build_fleet(seed).stations[0]
    wanted = {
        "regulator": (Role.REGULATOR, Scope(division="500000")),
        "carrier": (Role.CARRIER, Scope(station.carrier)),
        "manager": (Role.STATION_MANAGER, Scope(station.carrier, station.code)),
        "courier": (Role.COURIER, Scope(station.carrier, station.code)),
        "platform": (Role.PLATFORM, Scope(platform="SHOP")),
        "officer": (Role.VAULT_OFFICER, EVERYTHING),
    }
    engine = open_store(settings)
    with reading(engine) as session:
        known = {account.login for account in find_accounts(session)}
    made = [make_account(engine, login, *what) for login, what in wanted.items() if login not in known]
    engine.dispose()
    return made


def _watch(supervisor: Supervisor, child: "subprocess.Popen[bytes]") -> bool:
    """Until the child has ended, looking after the others meanwhile; whether it ended well."""
    while child.poll() is None:
        supervisor.tick()
    supervisor.forget_child(child)
    return child.returncode == 0


def _product_link(settings: Settings, url: str) -> str | None:
    """The page of an item with a whole story; None where none has arrived so."""
    engine = open_store(settings)
    key = register_demo_item(engine, now=datetime.now(UTC))
    engine.dispose()
    return build_digital_link(url, key) if key else None


def _say_what_to_open(url: str, product_link: str | None, counter: str, say: Callable[[str], None]) -> None:
    say("③ 可以打开 open:")
    say(f"  信用排名 ranking, last 30 days       {url}/rankings")
    say(f"  信用走势 trend, month by month       {url}/rankings/trend")
    say(f"  分省情况 by province                 {url}/rankings/map")
    say(f"  重庆揽收 Chongqing, May 2021         {url}/rankings?from=2021-05-01&to=2021-06-08&division=500000")
    say(f"  一件的轨迹 one real pick-up          {url}/t/LADE3781637")
    if product_link:
        say(f"  商品溯源 one item's provenance       {product_link}")
    say(f"  柜台收寄 the counter                 {counter}")
    say("    收寄一件后，/t/运单号 用收件人电话后四位打开 its /t/NUMBER opens by the recipient's last four digits")
    say(f"  投诉通报 complaints of this month    {url}/complaints/bulletin?month={datetime.now(LOCAL):%Y-%m}")
    say(f"  查询 search                          {url}/")
    say("  Ctrl-C 停止 stops everything; the next start goes on where this one ended")


def _say_second_factor(made: Sequence[Made], say: Callable[[str], None]) -> None:
    """Who needs an authenticator, and how the first code comes about."""
    names = "、".join(each.login for each in made if each.role in WITH_SECOND_FACTOR)
    say(f"    {names}：先改密码，再绑定动态码。手机装验证器应用（如 FreeOTP），扫账号页的二维码，填它显示的 6 位数字")
    say("    these need an authenticator app, such as FreeOTP: after the new password scan the code on the account")
    say("    page and type the six digits that the app shows; without a telephone: oathtool --totp -b SECRET")


def _say_whose_door_opens(settings: Settings, url: str, say: Callable[[str], None]) -> None:
    """A parcel of the fleet with the digits that open it: the demo's persons are invented."""
    engine = open_store(settings)
    consumer = find_consumer(engine)
    engine.dispose()
    if consumer is not None:
        digits = f"电话后四位 last four digits {consumer.tail}"
        say(f"  收件人看轨迹 a consumer's parcel     {url}/t/{consumer.waybill_no}  {digits}")
