"""Settings from the environment: where Granary keeps its state, how it reaches its engines."""

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
    """Settings from `GRANARY_*` variables; the PostgreSQL server comes from libpq's `PG*` ones."""

    model_config = SettingsConfigDict(env_prefix="GRANARY_", extra="ignore")

    home: Path = Field(default=Path(".granary"), description="Folder that holds all state.")
    target: Literal["duckdb", "postgres"] = Field(
        default="duckdb", description="Warehouse engine: duckdb or postgres."
    )
    pii_key: SecretStr | None = Field(
        default=None, description="Pseudonymisation key: 64 hexadecimal digits."
    )
    pii_key_file: Path | None = Field(
        default=None, description="File that holds the key; default <home>/keys/pii.key."
    )
    export_signing_key_file: Path | None = Field(
        default=None,
        description="Ed25519 private key (PEM) that signs compliance bundles; default "
        "<home>/keys/export_signing.key, made on first use.",
    )
    source_urls: dict[str, SecretStr] = Field(
        default_factory=lambda: _source_urls(),  # noqa: PLW0108 (defined below)
        description="URL of each source's database, from GRANARY_<SOURCE>_URL: postgresql://...",
    )
    cold_key: SecretStr | None = Field(
        default=None, description="Key of the cold tier: 64 hexadecimal digits."
    )
    cold_key_file: Path | None = Field(
        default=None, description="File that holds the cold key; default <home>/keys/cold.key."
    )
    archive_recipient: str | None = Field(
        default=None,
        description="age public key for archived rows, from `granary backup keygen`; keep its "
        "private key on another machine.",
    )
    alert_email_url: SecretStr | None = Field(default=None, description="apprise URL: mailto://...")
    alert_slack_url: SecretStr | None = Field(default=None, description="apprise URL: slack://...")
    alert_pagerduty_url: SecretStr | None = Field(
        default=None, description="apprise URL: pagerduty://..."
    )
    alert_webhook_url: SecretStr | None = Field(
        default=None, description="apprise URL: json://..., or any other."
    )
    extract_overlap_minutes: int = Field(
        default=15,
        ge=0,
        description="Minutes before the last extraction that the next one reads again; at least as "
        "long as a transaction lasts that the login cannot see.",
    )
    extract_replica_minutes: int | None = Field(
        default=None,
        ge=0,
        description="Longest transaction on the primary in minutes, where a source's URL names a "
        "read replica; replicas are refused without it.",
    )
    build_threads: int | None = Field(
        default=None, ge=1, description="Cores that a build on DuckDB may use; default all."
    )
    build_memory: str | None = Field(
        default=None,
        pattern=r"^[0-9]+(\.[0-9]+)? ?[KMGT]i?B$",
        description="Memory that DuckDB takes to load, build or publish before it spills to disk, "
        "such as 4GB; default a tenth of the machine's, at least 2 GiB.",
    )
    backup_dir: Path | None = Field(
        default=None, description="Folder of backups, best on another disk; default <home>/backups."
    )
    backup_recipients: str | None = Field(
        default=None,
        description="Public keys (age1...) that backups are encrypted for, separated by commas.",
    )
    backup_recipients_file: Path | None = Field(
        default=None,
        description="File that lists those public keys; default <home>/keys/backup.recipients.",
    )
    backup_identity_file: Path | None = Field(
        default=None,
        description="File of the private key that opens backups; keep it off the machine that "
        "writes them.",
    )
    pg_bin: Path | None = Field(
        default=None, description="PostgreSQL's programs, in the server's version; default found."
    )
    pg_os_user: str | None = Field(
        default=None, description="Account that runs servers root restores; default postgres."
    )
    target_path: Path = Field(
        default_factory=lambda data: PROJECT_DIR / "target" / data["target"],
        description="dbt's artifacts; default <project>/target/<engine>.",
    )

    @cached_property
    def root(self) -> Path:
        """Absolute path of the state folder."""
        return self.home.absolute()

    @property
    def landing(self) -> Path:
        """The landing zone: files as the applications wrote them."""
        return self.root / "landing"

    @property
    def truth(self) -> Path:
        """What the sample generator planted, for tests to compare with."""
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
        """State of extraction: cursors and schemas of the applications' databases, but no rows."""
        return self.root / "extract"

    @property
    def reports(self) -> Path:
        """Reports, as files."""
        return self.root / "reports"

    @property
    def exports(self) -> Path:
        """Exports written without `--out`."""
        return self.root / "exports"

    @property
    def backups(self) -> Path:
        """Encrypted backups."""
        return (self.backup_dir or self.root / "backups").absolute()

    @property
    def backup_recipients_path(self) -> Path:
        """File of public keys for backups, read unless GRANARY_BACKUP_RECIPIENTS is set."""
        return self.backup_recipients_file or self.root / "keys" / "backup.recipients"

    @property
    def dagster(self) -> Path:
        """Dagster's own state: runs, schedules, events."""
        return self.root / "dagster"

    @property
    def operations(self) -> Path:
        """Entries that wait to be inserted into the books of operations (`warehouse/books.py`)."""
        return self.root / "operations"

    @property
    def tiers(self) -> Path:
        """The tier store: files of rows that have left the warehouse."""
        return self.root / "tiers"

    @property
    def scratch(self) -> Path:
        """Temporary files; nothing here outlives a run."""
        return self.root / "tmp"

    @property
    def key_path(self) -> Path:
        """Path of the pseudonymisation key's file."""
        return self.pii_key_file or self.root / "keys" / "pii.key"

    def read_key(self) -> bytes:
        """Return the 32-byte pseudonymisation key.

        Raises:
            ConfigurationError: the key is missing or not 64 hexadecimal digits.
        """
        return _read_key("pseudonymisation key", "GRANARY_PII_KEY", self.pii_key, self.key_path)

    def read_cold_key(self) -> bytes:
        """Return the 32-byte key of the cold tier.

        Raises:
            ConfigurationError: the key is missing or not 64 hexadecimal digits.
        """
        path = self.cold_key_file or self.root / "keys" / "cold.key"
        return _read_key("key of the cold tier", "GRANARY_COLD_KEY", self.cold_key, path)

    def create_key(self) -> bool:
        """Write a random pseudonymisation key if none is configured; return whether it did."""
        if self.pii_key is not None or self.key_path.exists():
            return False
        self.key_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with open(self.key_path, "x", opener=_private) as file:
                file.write(secrets.token_hex(KEY_BYTES) + "\n")
        except FileExistsError:
            return False  # another process wrote one meanwhile
        return True


def _source_urls() -> dict[str, SecretStr]:
    """Return the values of GRANARY_<SOURCE>_URL by source; alert URLs are settings of their own."""
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
