"""Where Granary keeps its state and how it reaches its engines, read from the environment."""

from __future__ import annotations

import os
import re
import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestration.core.errors import ConfigurationError

PROJECT_DIR = Path(__file__).resolve().parents[2]
KEY_BYTES = 32


class Settings(BaseSettings):
    """Settings from `GRANARY_*` variables; PostgreSQL is reached by the usual `PG*` ones."""

    model_config = SettingsConfigDict(env_prefix="GRANARY_", extra="ignore")

    home: Path = Field(default=Path(".granary"), description="Folder that holds all state.")
    target: Literal["duckdb", "postgres"] = Field(default="duckdb", description="Warehouse engine.")
    pii_key: SecretStr | None = Field(
        default=None, description="Pseudonymisation key: 64 hexadecimal digits."
    )
    pii_key_file: Path | None = Field(
        default=None, description="File that holds the key; default <home>/keys/pii.key."
    )
    export_signing_key_file: Path | None = Field(
        default=None,
        description="Ed25519 private key that signs compliance bundles; default "
        "<home>/keys/export_signing.key.",
    )
    source_urls: dict[str, SecretStr] = Field(
        default_factory=lambda: _source_urls(),  # noqa: PLW0108 (defined below)
        description="URLs of the applications' databases by source, each from "
        "GRANARY_<SOURCE>_URL: postgresql://...",
    )
    cold_key: SecretStr | None = Field(
        default=None, description="Key of the cold tier: 64 hexadecimal digits."
    )
    cold_key_file: Path | None = Field(
        default=None, description="File that holds the cold key; default <home>/keys/cold.key."
    )
    archive_recipient: str | None = Field(
        default=None, description="age recipient of archived rows; its identity is kept apart."
    )
    alert_email_url: SecretStr | None = Field(default=None, description="mailto://... of apprise.")
    alert_slack_url: SecretStr | None = Field(default=None, description="slack://... of apprise.")
    alert_pagerduty_url: SecretStr | None = Field(
        default=None, description="pagerduty://... of apprise."
    )
    alert_webhook_url: SecretStr | None = Field(
        default=None, description="json://... of apprise, or any other of its URLs."
    )
    extract_overlap_minutes: int = Field(
        default=15, ge=0, description="Minutes that an extraction reads again before its last one."
    )
    extract_replica_minutes: int | None = Field(
        default=None,
        ge=0,
        description="Minutes that no transaction at the primary outlasts, where a source's URL "
        "names a read replica; without it replicas are refused.",
    )
    build_threads: int | None = Field(
        default=None, ge=1, description="Cores that a build on DuckDB may use; default all."
    )
    backup_dir: Path | None = Field(
        default=None, description="Folder of the backups, on another disk; default <home>/backups."
    )
    backup_recipients: str | None = Field(
        default=None, description="Public keys (age1...) backups are encrypted for, with commas."
    )
    backup_recipients_file: Path | None = Field(
        default=None, description="File that lists them; default <home>/keys/backup.recipients."
    )
    backup_identity_file: Path | None = Field(
        default=None, description="Private key that opens backups; never where they are written."
    )
    pg_bin: Path | None = Field(
        default=None, description="Folder of PostgreSQL's programs, of the server's own version."
    )
    pg_os_user: str | None = Field(
        default=None, description="Account that runs restored servers; only root needs one."
    )
    target_path: Path = Field(
        default_factory=lambda data: PROJECT_DIR / "target" / data["target"],
        description="dbt's artifacts; default <project>/target/<engine>.",
    )

    @cached_property
    def root(self) -> Path:
        """The state folder, absolute."""
        return self.home.absolute()

    @property
    def landing(self) -> Path:
        """Files as the applications wrote them."""
        return self.root / "landing"

    @property
    def truth(self) -> Path:
        """What the sample generator planted, beside the landing zone."""
        return self.root / "truth"

    @property
    def warehouse(self) -> Path:
        """The private DuckDB build file."""
        return self.root / "warehouse.duckdb"

    @property
    def serving(self) -> Path:
        """The published DuckDB file."""
        return self.root / "serving.duckdb"

    @property
    def extraction(self) -> Path:
        """What extraction remembers of the applications' databases; no rows are kept here."""
        return self.root / "extract"

    @property
    def reports(self) -> Path:
        """Reports as files."""
        return self.root / "reports"

    @property
    def exports(self) -> Path:
        """Exports that were given no other place."""
        return self.root / "exports"

    @property
    def backups(self) -> Path:
        """Backups, encrypted."""
        return (self.backup_dir or self.root / "backups").absolute()

    @property
    def backup_recipients_path(self) -> Path:
        """Where public keys for backups are looked up, unless a variable lists them."""
        return self.backup_recipients_file or self.root / "keys" / "backup.recipients"

    @property
    def dagster(self) -> Path:
        """What Dagster remembers of runs and schedules."""
        return self.root / "dagster"

    @property
    def operations(self) -> Path:
        """Entries that wait to be taken into the books of operations."""
        return self.root / "operations"

    @property
    def tiers(self) -> Path:
        """Rows that have left the warehouse, as files."""
        return self.root / "tiers"

    @property
    def scratch(self) -> Path:
        """Files that may be removed at any time between runs."""
        return self.root / "tmp"

    @property
    def key_path(self) -> Path:
        """Where the key file is looked up."""
        return self.pii_key_file or self.root / "keys" / "pii.key"

    def read_key(self) -> bytes:
        """Return the 32-byte pseudonymisation key.

        Raises:
            ConfigurationError: there is no key, or it is not 64 hexadecimal digits.
        """
        return _read_key("pseudonymisation key", "GRANARY_PII_KEY", self.pii_key, self.key_path)

    def read_cold_key(self) -> bytes:
        """Return the 32-byte key of the cold tier.

        Raises:
            ConfigurationError: there is no key, or it is not 64 hexadecimal digits.
        """
        path = self.cold_key_file or self.root / "keys" / "cold.key"
        return _read_key("key of the cold tier", "GRANARY_COLD_KEY", self.cold_key, path)

    def create_key(self) -> bool:
        """Write a new random key where none is configured; return whether one was written."""
        if self.pii_key is not None or self.key_path.exists():
            return False
        self.key_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with open(self.key_path, "x", opener=_private) as file:
                file.write(secrets.token_hex(KEY_BYTES) + "\n")
        except FileExistsError:
            return False
        return True


def _source_urls() -> dict[str, SecretStr]:
    """Every GRANARY_<SOURCE>_URL that is no setting of another kind."""
    found = {}
    for variable, value in os.environ.items():
        named = re.fullmatch(r"GRANARY_(\w+)_URL", variable)
        if named and f"{named[1]}_url".lower() not in Settings.model_fields and value:
            found[named[1].lower()] = SecretStr(value)
    return found


def _read_key(what: str, variable: str, value: SecretStr | None, path: Path) -> bytes:
    if value is not None:
        text, origin = value.get_secret_value(), variable
    elif path.is_file():
        text, origin = path.read_text(), str(path)
    else:
        raise ConfigurationError(
            f"no {what}: set {variable} to 64 hexadecimal digits, or put them into {path} "
            f"(openssl rand -hex 32)"
        )
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()):
        raise ConfigurationError(f"the key in {origin} is not 64 hexadecimal digits")
    return bytes.fromhex(text.strip())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
