"""Settings (设置): `JIXIN_…` variables and an optional `jixin.toml`, read once when a command starts."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from tracker.wire.brokers import parse_addresses


def _in_lower_case(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class Settings(BaseSettings):
    """Everything that may differ between two installations. A variable wins over the file."""

    model_config = SettingsConfigDict(env_prefix="JIXIN_", toml_file="jixin.toml", frozen=True, extra="ignore")

    data_dir: Path = Field(
        default=Path("var"), description="where everything that must survive is kept: database, keys, broker, outboxes"
    )
    database_url: str | None = Field(
        default=None, description="sqlite:///… or postgresql://…; without it, SQLite in the data dir", repr=False
    )
    broker_url: str | None = Field(
        default=None,
        description="mqtt[s]://host:port, a cluster's nodes separated by commas; without it, the embedded broker",
    )
    broker_username: str | None = Field(default=None, description="the tracker's user on a broker of your own")
    broker_password: SecretStr | None = Field(
        default=None, description="the tracker's password on a broker of your own"
    )
    broker_ca: Path | None = Field(
        default=None, description="PEM file of the authority that the tracker believes on a broker of your own"
    )
    broker_certificate: Path | None = Field(
        default=None, description="PEM file of the certificate that the tracker shows to a broker of your own"
    )
    broker_key: Path | None = Field(default=None, description="PEM file of that certificate's private key")
    broker_tracker_url: str | None = Field(
        default=None, description="where the tracker connects, when the broker has a listener for it alone"
    )
    broker_reload: str | None = Field(
        default=None, description="shell command that brings brokers on other machines up to date and reloads them"
    )
    broker_host: str = Field(default="127.0.0.1", description="address on which the embedded broker listens")
    broker_port: int = Field(
        default=1883,
        ge=0,
        le=65535,
        description="MQTT port of the embedded broker; without it 1883, or a free one where that is taken",
    )
    broker_shared: bool = Field(
        default=False,
        description="several trackers share the work through $share; for a broker that has shared subscriptions",
    )
    takeover_seconds: int = Field(
        default=10,
        ge=1,
        le=300,
        description="how long the holder of a lease may be silent before a waiting tracker or scheduler takes over",
    )
    scanner_prefix: str | None = Field(default=None, max_length=32, description="what scanners type before each code")
    scanner_suffix: str | None = Field(default=None, max_length=32, description="what scanners type after each code")
    counter_idle_minutes: int = Field(
        default=10, ge=1, le=480, description="minutes without use after which a counter's screen locks"
    )
    web_host: str = Field(default="127.0.0.1", description="address on which the web server listens")
    web_port: int = Field(default=8000, ge=0, le=65535, description="port of the web server")
    public_url: str | None = Field(
        default=None, description="how the outside reaches the web server; QR codes carry it; without it, as asked"
    )
    silent_after: int = Field(
        default=24, ge=1, le=8760, description="hours without a word after which a device counts as silent"
    )
    metrics_host: str = Field(default="127.0.0.1", description="address of the tracker's and scheduler's metrics")
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="port of this process's own metrics, 0 for any free one; without it, none are served",
    )
    first_day: date = Field(
        default=date(2015, 1, 1), gt=date(1900, 1, 1), description="events before this local day are rejected"
    )
    waybill_events: int = Field(default=1_000, ge=100, description="events that one waybill may have")
    quarantine_device_rows: int = Field(default=5_000, ge=1, description="rows that one device may have in quarantine")
    quarantine_device_mib: int = Field(default=64, ge=1, description="MiB of bodies that one device may have there")
    quarantine_rows: int = Field(default=200_000, ge=1, description="rows in quarantine in all")
    quarantine_mib: int = Field(default=2_048, ge=1, description="MiB of bodies in quarantine in all")
    vault_folder: Path | None = Field(
        default=None, description="where the vault keeps its keys and ledger; without it, in the data dir"
    )
    record_hours: int = Field(
        default=72,
        ge=1,
        le=720,
        description="hours after which an acceptance whose sealed record has not come has a finding",
    )
    register_days: int = Field(
        default=365, ge=1, le=3660, description="days for which the register of senders' documents is kept"
    )
    trade_days: int = Field(
        default=1096, ge=1, le=3660, description="days for which names, telephones and addresses are kept"
    )
    image_days: int = Field(default=90, ge=30, le=3660, description="days for which photographs are kept")
    rights_days: int = Field(
        default=15, ge=1, le=60, description="working days within which a rights request is answered"
    )
    archive_after_months: int = Field(
        default=36, ge=1, le=1200, description="how many months after its end a month may be dropped from the store"
    )
    label_font: Path | None = Field(
        default=None, description="TTF, OTF or TTC file to look in first for a label's characters"
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_in_lower_case)] = Field(
        default="info", description="debug, info, warning or error"
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="json or text; auto is text on a terminal and JSON elsewhere"
    )

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, url: str | None) -> str | None:
        if url is not None and url.partition(":")[0].partition("+")[0] not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("sqlite:///… or postgresql://…")  # never the url: it may hold a password
        return url

    @field_validator("broker_url", "broker_tracker_url")
    @classmethod
    def _check_addresses(cls, urls: str | None) -> str | None:
        if urls is not None:
            parse_addresses(urls)
        return urls

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, url: str | None) -> str | None:
        if url is not None and not (url.startswith(("http://", "https://")) and urlsplit(url).hostname):
            raise ValueError("an address such as https://trace.example")
        return url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))

    @property
    def store_url(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'jixin.db'}"

    @property
    def port_is_chosen(self) -> bool:
        """Whether somebody asked for this broker port, so that no other will do."""
        return "broker_port" in self.model_fields_set

    @property
    def account_key_file(self) -> Path:
        """What closes second factors, and hides who tried to log in."""
        return self.data_dir / "keys" / "accounts-key"

    @property
    def vault_dir(self) -> Path:
        """Where the vault's keys and ledger are; no other process than the vault's reads them."""
        return self.vault_folder or self.data_dir / "vault"

    @property
    def broker_folder(self) -> Path:
        return self.data_dir / "broker"

    @property
    def running_file(self) -> Path:
        """Where a running `up` or `demo` says how to reach its broker."""
        return self.data_dir / "run" / "broker.json"

    @property
    def metrics_folder(self) -> Path:
        """Where running processes say at which address their metrics are."""
        return self.data_dir / "run" / "metrics"

    @property
    def gateway_file(self) -> Path:
        return self.data_dir / "gateway.json"

    @property
    def label_secret_file(self) -> Path:
        return self.data_dir / "keys" / "label-secret"

    @property
    def receipt_key_file(self) -> Path:
        return self.data_dir / "keys" / "receipt-key.json"
