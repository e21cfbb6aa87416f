-- One row per loaded file.
{{ config(materialized='view') }}

select
    file_id,
    source,
    stream,
    path,
    size_bytes,
    modified_ns,
    sha256,
    line_count,
    row_count,
    reject_count,
    batch_id,
    started_at,
    loaded_at
from {{ source('granary', 'load_ledger') }}
