-- For every loaded file, lines = rows + rejects.
select
    file_id,
    lost_line_count
from {{ ref('load_reconciliation') }}
where lost_line_count != 0
