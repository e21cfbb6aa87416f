-- One row per loaded file.
{{ config(materialized='view') }}

select * from {{ source('granary', 'load_ledger') }}
