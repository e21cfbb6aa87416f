-- The document platform's star schema as one would write it once, for DuckDB alone, from staging:
-- without snapshots, increments or tests. `dbt build` of the same tables is measured against it, so
-- both must hold the same rows.
create schema core;

create schema documents;

create macro nobody() as cast('00000000-0000-0000-0000-000000000000' as uuid);

create macro version_key(entity, day) as cast(md5(entity::varchar || ':' || day::varchar) as uuid);

create macro day_key(day) as cast(
    year(day) * 10000 + month(day) * 100 + day(day) as integer
);

create macro minute_key(moment) as cast(hour(moment) * 100 + minute(moment) as integer);

create macro seconds(started, ended) as cast(
    (epoch_us(ended) - epoch_us(started)) * 0.000001::numeric(7, 6) as numeric(18, 6)
);

create table core.dim_organizations as
with days as (
    select * from staging.stg_prism__organizations
    qualify row_number() over (
        partition by organization_id, updated_at::date order by updated_at desc
    ) = 1
),
opened as (
    select *, row_number() over history as place
    from days
    window history as (partition by organization_id order by updated_at)
    qualify lag(updated_at) over history is null
        or subscription_tier is distinct from lag(subscription_tier) over history
        or compliance_flags is distinct from lag(compliance_flags) over history
        or data_retention_days is distinct from lag(data_retention_days) over history
),
versions as (
    select *,
        case when place = 1 then least(updated_at::date, created_at::date) else updated_at::date end
            as effective_date
    from opened
)
select
    version_key(organization_id, effective_date) as organization_version_key,
    organization_id, subscription_tier, compliance_flags, data_retention_days, effective_date,
    coalesce(
        lead(effective_date) over (partition by organization_id order by effective_date),
        date '9999-12-31'
    ) as expiry_date,
    expiry_date = date '9999-12-31' as is_current,
    created_at
from versions
union all
select nobody(), nobody(), 'unknown', null, null, date '1900-01-01', date '9999-12-31', true, null;

create table hours as
with acts as (
    select user_key, analysis_date as activity_date, hour(created_at) as hour_number,
        1 as analysis_count, 0 as document_count, 0 as processed_count, 0 as feedback_count,
        0 as accepted_count, 0 as rejected_count, satisfaction_score,
        cast(null as varchar) as feature_usage, 0 as session_microseconds
    from staging.stg_prism__analysis_results
    union all
    select uploader_key, upload_date, hour(created_at), 0, 1,
        (processing_status = 'completed')::int, 0, 0, 0, null, null, 0
    from staging.stg_prism__documents
    union all
    select user_key, feedback_date, hour(created_at), 0, 0, 0, 1,
        (feedback_action = 'accepted')::int, (feedback_action = 'rejected')::int, null, null, 0
    from staging.stg_prism__user_feedback
    union all
    select user_key, event_date, hour(created_at), 0, 0, 0, 0, 0, 0, null,
        coalesce(to_json(histogram(event_type))::varchar, '{}'), 0
    from staging.stg_prism__audit_logs
    group by user_key, event_date, hour(created_at)
    union all
    select user_key, event_date, hour(min(created_at)), 0, 0, 0, 0, 0, 0, null, null,
        epoch_us(max(created_at)) - epoch_us(min(created_at))
    from staging.stg_prism__audit_logs
    where session_key is not null
    group by user_key, event_date, session_key, hour(created_at)
)
select user_key, activity_date, hour_number,
    sum(analysis_count)::bigint as analysis_count, sum(document_count)::bigint as document_count,
    sum(processed_count)::bigint as processed_count, sum(feedback_count)::bigint as feedback_count,
    sum(accepted_count)::bigint as accepted_count, sum(rejected_count)::bigint as rejected_count,
    sum(satisfaction_score) as satisfaction_total, count(satisfaction_score) as satisfaction_count,
    coalesce(max(feature_usage), '{}') as feature_usage,
    sum(session_microseconds)::bigint as session_microseconds
from acts
where user_key is not null
group by user_key, activity_date, hour_number;

create table core.dim_users as
with states as (
    select user_key, organization_id, user_role, department, geographic_region,
        data_classification_level, is_email_verified, is_mfa_enabled,
        deleted_at is not null as is_deleted, created_at, updated_at
    from staging.stg_prism__users
),
days as (
    select * from states
    qualify row_number() over (
        partition by user_key, updated_at::date order by updated_at desc, is_deleted desc
    ) = 1
),
placed as (
    select *, row_number() over history as place,
        lag(is_deleted) over history as was_deleted,
        lag((organization_id, user_role, department, geographic_region, data_classification_level,
            is_email_verified, is_mfa_enabled)) over history as previous
    from days
    window history as (partition by user_key order by updated_at)
),
opened as (
    select *,
        case
            when is_deleted then (updated_at::date + 1)::date
            when place = 1 then least(updated_at::date, created_at::date)
            else updated_at::date
        end as starts_on
    from placed
    where was_deleted is null
        or (is_deleted or was_deleted) and is_deleted != was_deleted
        or not (is_deleted or was_deleted) and previous is distinct from (
            organization_id, user_role, department, geographic_region, data_classification_level,
            is_email_verified, is_mfa_enabled
        )
),
versions as (
    select *,
        coalesce(lead(starts_on) over (partition by user_key order by place), date '9999-12-31')
            as ends_on
    from opened
),
pieces as (
    select versions.*, starts_on as piece_start
    from versions
    where not is_deleted and starts_on < ends_on
    union all
    select versions.*, changes.effective_date
    from versions
    join core.dim_organizations as changes
        on versions.organization_id = changes.organization_id
        and changes.effective_date > starts_on and changes.effective_date < ends_on
    where not is_deleted
),
tiered as (
    select pieces.*, organizations.subscription_tier
    from pieces
    left join core.dim_organizations as organizations
        on pieces.organization_id = organizations.organization_id
        and piece_start >= organizations.effective_date
        and piece_start < organizations.expiry_date
    qualify piece_start = starts_on
        or subscription_tier is distinct from lag(subscription_tier) over (
            partition by user_key, starts_on order by piece_start
        )
),
totals as (
    select user_key, sum(processed_count)::bigint as document_count,
        sum(satisfaction_total) as satisfaction_total,
        sum(satisfaction_count) as satisfaction_count
    from hours
    group by user_key
)
select
    version_key(tiered.user_key, piece_start) as user_version_key,
    tiered.user_key, organization_id,
    md5(
        coalesce('=' || user_role, '-') || ':' || coalesce('=' || department, '-') || ':'
        || coalesce('=' || subscription_tier, '-') || ':' || coalesce('=' || geographic_region, '-')
    )::uuid as user_profile_key,
    case
        when user_role = 'admin' then 'administrator'
        when user_role in ('analyst', 'editor', 'reviewer') then 'contributor'
        when user_role is not null then 'reader'
    end as user_type,
    user_role, department, subscription_tier, geographic_region, data_classification_level,
    is_email_verified, is_mfa_enabled,
    (piece_start - created_at::date)::integer as tenure_days,
    coalesce(document_count, 0)::bigint as total_documents_processed,
    satisfaction_total::double / nullif(satisfaction_count::double, 0) as avg_satisfaction_score,
    piece_start as effective_date,
    coalesce(
        lead(piece_start) over (partition by tiered.user_key, starts_on order by piece_start),
        ends_on
    ) as expiry_date,
    expiry_date = date '9999-12-31' as is_current,
    created_at
from tiered
left join totals on tiered.user_key = totals.user_key
union all
select nobody(), nobody(), nobody(), nobody(), 'unknown', 'unknown', 'unknown', 'unknown', 'unknown',
    'unknown', null, null, null, 0, null, date '1900-01-01', date '9999-12-31', true, null;

create table core.dim_user_profiles as
select distinct
    user_profile_key, user_type, user_role, department, subscription_tier, geographic_region
from core.dim_users;

create table core.dim_documents as
with sections as (
    select document_id, count(*) as section_count, sum(word_count)::bigint as word_count,
        sum(complexity_score)::double / nullif(count(complexity_score)::double, 0) as complexity
    from staging.stg_prism__document_sections
    group by document_id
)
select
    d.document_id, organization_id, uploader_key, day_key(upload_date) as upload_date_key,
    upload_date, document_type, file_extension,
    case
        when file_size_bytes < 102400 then 'small'
        when file_size_bytes < 1048576 then 'medium'
        when file_size_bytes < 10485760 then 'large'
        when file_size_bytes is not null then 'xl'
    end as size_category,
    case
        when complexity < 0.34 then 'simple'
        when complexity < 0.67 then 'moderate'
        when complexity is not null then 'complex'
    end as complexity_category,
    language_code, industry_vertical, document_purpose, confidentiality_level, processing_status,
    retention_policy, coalesce(s.section_count, 0) as sections_count,
    coalesce(d.word_count, s.word_count) as words_count, page_count as pages_count, file_size_bytes,
    seconds(processing_started_at, processing_completed_at) as processing_seconds,
    is_on_legal_hold,
    file_hash_key is not null
        and row_number() over (partition by file_hash_key order by created_at, d.document_id) > 1
        as is_duplicate_file,
    deleted_at is not null as is_deleted, created_at as uploaded_at, retention_expires_at,
    deleted_at
from staging.stg_prism__documents as d
left join sections as s on d.document_id = s.document_id;
