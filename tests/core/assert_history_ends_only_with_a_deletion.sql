-- Where a version of a person or an organization ends and none follows at once, a deletion was
-- recorded on its last day. So history has no gap but the time after a deletion.
{{ config(severity='error') }}
with versions as (

    select
        user_key as entity_key,
        effective_date,
        expiry_date
    from {{ ref('dim_users') }}
    union all
    select
        organization_id as entity_key,
        effective_date,
        expiry_date
    from {{ ref('dim_organizations') }}

),

followed as (

    select
        *,
        lead(effective_date) over (partition by entity_key order by effective_date)
            as next_effective_date
    from versions

),

deletions as (

    select
        user_key as entity_key,
        cast(versioned_at as date) as deletion_date
    from {{ ref('snap_prism__users') }}
    where is_deleted and dbt_valid_to is null
    union all
    select
        organization_id as entity_key,
        cast(versioned_at as date) as deletion_date
    from {{ ref('snap_prism__organizations') }}
    where is_deleted and dbt_valid_to is null

)

select followed.*
from followed
where
    followed.expiry_date != date '9999-12-31'
    and followed.next_effective_date is distinct from followed.expiry_date
    and not exists (
        select 1 from deletions
        where
            deletions.entity_key = followed.entity_key
            and cast(deletions.deletion_date + 1 as date) = followed.expiry_date
    )
