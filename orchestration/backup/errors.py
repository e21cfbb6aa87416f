"""What can go wrong with a backup; each error says what to do."""

from __future__ import annotations

from orchestration.core.errors import GranaryError
from orchestration.secrecy.errors import DamagedFile


class BackupError(GranaryError):
    """A backup cannot be made, read or restored."""


class DamagedBackup(BackupError, DamagedFile):
    """A backup is not what its manifest says; the message names the first fault."""


class OutOfRange(BackupError):
    """No backup reaches the time that was asked for."""

    exit_code = 2


class TargetExists(BackupError):
    """A restore would take the place of something."""

    exit_code = 2


class ToolsMissing(BackupError):
    """PostgreSQL's own tools are not there, or are of another version than the server."""

    exit_code = 3
