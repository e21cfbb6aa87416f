"""Keep the pseudonymisation key in PostgreSQL, in a table that only its owner may read.

Models call a function that runs with its owner's rights (SECURITY DEFINER), so they hash without
seeing the key. The key is sent by COPY, whose data is part of no statement: neither the server's
log nor pg_stat_statements can contain it.
"""

from __future__ import annotations

import hashlib

import psycopg

from orchestration.core.errors import ConfigurationError
from orchestration.secrecy.pseudonyms import pads

# The function has a fixed search_path: otherwise a caller could put functions of their own before
# those it calls, and be handed the key.
_CREATE = """
create schema if not exists granary;
create schema if not exists granary_private;
revoke all on schema granary_private from public;

create table if not exists granary_private.pads (
    inner_pad bytea not null,
    outer_pad bytea not null
);
revoke all on granary_private.pads from public;

create or replace function granary.hmac_uuid(message text, half integer default 1) returns uuid
language plpgsql stable strict parallel safe security definer
set search_path = granary_private, pg_catalog, pg_temp
as $$
declare
    key granary_private.pads;
begin
    select * into key from granary_private.pads;
    if not found then
        raise exception 'no pseudonymisation key: run granary ingest with a key configured';
    end if;
    return encode(substring(
        sha256(key.outer_pad || sha256(key.inner_pad || convert_to(message, 'UTF8')))
        from 16 * half - 15 for 16), 'hex')::uuid;
end
$$;
revoke all on function granary.hmac_uuid(text, integer) from public;
"""


def install_key(server: psycopg.Connection[tuple[object, ...]], key: bytes) -> None:
    """Create the table and function behind `hash_pii` and store the key's pads, in one transaction.

    Raises:
        ConfigurationError: the database already holds another key.
    """
    inner, outer = pads(key)
    with server.transaction():
        server.execute(_CREATE)
        stored = server.execute(
            "select encode(sha256(inner_pad), 'hex') from granary_private.pads"
        ).fetchone()
        if stored is None:
            with server.cursor().copy("copy granary_private.pads from stdin") as copy:
                copy.write_row((inner, outer))
        elif stored[0] != hashlib.sha256(inner).hexdigest():
            raise ConfigurationError(
                "the pseudonymisation key is not the one this database was built with: "
                "restore the old key; pseudonyms made with two keys do not join"
            )
