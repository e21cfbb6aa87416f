-- Every account and organization that was ever recorded alive has a version.
with recorded as (

    select user_key as entity_key from {{ ref('snap_prism__users') }}
    where not is_tombstone
    union
    select organization_id as entity_key from {{ ref('snap_prism__organizations') }}
    where not is_tombstone

),

versions as (

    select user_key as entity_key from {{ ref('dim_users') }}
    union all
    select organization_id as entity_key from {{ ref('dim_organizations') }}

)

select recorded.entity_key
from recorded
where recorded.entity_key not in (select versions.entity_key from versions)
