"""Staff to test with (测试人员): an account of each role, and a browser's cookies for a session at any standing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from tests.web.world import NOW
from tracker.access.accounts import Account, account_of, add_account, save_totp
from tracker.access.api_tokens import add_api_token
from tracker.access.roles import EVERYTHING, WITH_SECOND_FACTOR, Role, Scope
from tracker.access.sessions import open_session
from tracker.access.tokens import hash_token, new_token
from tracker.store.database import transaction
from tracker.store.tables.access import AccountRow
from web.accounts.keys import read_account_keys
from web.accounts.second_factor import seal_secret
from web.settings import Settings

HERE = {  # where each role stands in the small world
    Role.COURIER: Scope("BLUEBIRD", "CQ-01"),
    Role.STATION_MANAGER: Scope("BLUEBIRD", "CQ-01"),
    Role.CARRIER: Scope("BLUEBIRD"),
    Role.PLATFORM: Scope(platform="SHOP"),
    Role.REGULATOR: Scope(division="500000"),
    Role.VAULT_OFFICER: EVERYTHING,
    Role.ADMINISTRATOR: EVERYTHING,
}
SECRET = b"a secret of 20 octet"


@dataclass(frozen=True, slots=True)
class Staff:
    """A browser with a session."""

    account: Account
    cookie: str
    csrf: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"jixin-session={self.cookie}"}

    @property
    def writing(self) -> dict[str, str]:
        return {**self.headers, "X-CSRF-Token": self.csrf}


def ensure_account(
    engine: Engine, role: Role, scope: Scope | None = None, *, second_factor: bool | None = None, login: str = ""
) -> Account:
    """An account of a role; with the second factor that the role needs, unless told otherwise."""
    scope = HERE[role] if scope is None else scope
    name = login or f"{role.replace('_', '-')}.{str(scope).lower().replace('/', '-').replace('*', 'all')}"
    with transaction(engine) as session:
        add_account(session, name, role, scope, password_hash=None, password_until=None, made_at=NOW)
        account = account_of(session, name)
        assert account is not None
        if role in WITH_SECOND_FACTOR if second_factor is None else second_factor:
            save_totp(session, account.account_no, b"sealed", step=0)
        account = account_of(session, name)
        assert account is not None
    return account


def seal_for(settings: Settings, engine: Engine, account: Account) -> None:
    """Give an account the second factor SECRET."""
    sealed = seal_secret(read_account_keys(settings.account_key_file), SECRET, login=account.login)
    with transaction(engine) as session:
        row = session.get_one(AccountRow, account.account_no)
        row.totp_secret, row.totp_step = sealed, 0


def enter(engine: Engine, account: Account, *, passed: bool = True, at: datetime = NOW) -> Staff:
    """A session of an account; `passed`: its second factor was shown."""
    cookie, csrf = new_token(), new_token()
    with transaction(engine) as session:
        open_session(
            session,
            token_hash=hash_token(cookie),
            account_no=account.account_no,
            csrf=csrf,
            now=at,
            second_factor_at=at if passed else None,
        )
    return Staff(account, cookie, csrf)


def staff_of(engine: Engine, role: Role, scope: Scope | None = None) -> Staff:
    """A session of a role that has come all the way."""
    return enter(engine, ensure_account(engine, role, scope))


def bearer_for(engine: Engine, account: Account, *scopes: str, days: int = 1, at: datetime = NOW) -> dict[str, str]:
    """The header of an API token."""
    token = new_token()
    with transaction(engine) as session:
        add_api_token(session, account, token_hash=hash_token(token), scopes=scopes, days=days, now=at)
    return {"Authorization": f"Bearer {token}"}


LONG_AGO = NOW - timedelta(days=2)
