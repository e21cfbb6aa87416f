-- One row per record and rule between records that it breaks: the contract's `record_rules`.
{{ config(materialized='view') }}

with accounts as (

    select distinct
        user_key,
        organization_id
    from {{ ref('snap_prism__users') }}

),

documents as (

    select
        *,
        row_number() over (partition by file_hash_key order by created_at, document_id)
            as file_place
    from {{ ref('stg_prism__documents') }}

),

sections as (

    select
        *,
        row_number() over (
            partition by document_id, section_order order by created_at, section_id
        ) as section_place
    from {{ ref('stg_prism__document_sections') }}

),

broken as (

    select
        'prism.documents' as stream,
        document_id as row_key,
        upload_date as violation_date,
        'file_is_unique' as rule_name
    from documents
    where file_hash_key is not null and file_place > 1
    union all
    select
        'prism.documents' as stream,
        document_id as row_key,
        upload_date as violation_date,
        'uploader_belongs_to_organization' as rule_name
    from documents
    where
        uploader_key is not null
        and organization_id is not null
        and not exists (
            select 1 from accounts
            where
                accounts.user_key = documents.uploader_key
                and accounts.organization_id = documents.organization_id
        )
    union all
    select
        'prism.document_sections' as stream,
        section_id as row_key,
        section_date as violation_date,
        'section_order_is_unique' as rule_name
    from sections
    where document_id is not null and section_order is not null and section_place > 1
    union all
    -- High, medium and low are not the total: a finding's risk is none of them.
    select
        'prism.analysis_results' as stream,
        analysis_id as row_key,
        analysis_date as violation_date,
        'finding_risks_are_known' as rule_name
    from {{ ref('stg_prism__analysis_results') }}
    where feedback_item_count != high_risk_count + medium_risk_count + low_risk_count
    union all
    select
        'prism.user_feedback' as stream,
        feedback_id as row_key,
        feedback_date as violation_date,
        'user_exists' as rule_name
    from {{ ref('stg_prism__user_feedback') }}
    where user_key not in (select accounts.user_key from accounts)
    union all
    select
        'prism.user_feedback' as stream,
        feedback.feedback_id as row_key,
        feedback.feedback_date as violation_date,
        'analysis_exists' as rule_name
    from {{ ref('stg_prism__user_feedback') }} as feedback
    left join {{ ref('stg_prism__analysis_results') }} as analyses
        on feedback.analysis_id = analyses.analysis_id
    where feedback.analysis_id is not null and analyses.analysis_id is null

)

select * from broken
