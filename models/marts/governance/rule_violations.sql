-- One row per record, rule it breaks and UTC day. Built whole, from the few rows that break one.
with broken as (

    select
        '' as stream,
        {{ unknown_key() }} as row_key,
        {{ unknown_key() }} as record_key,
        cast(null as date) as violation_date,
        '' as rule_name
    where false
    {% for staged in staged_streams() %}
        union all
        select
            '{{ staged.stream }}' as stream,
            {{ staged.row }} as row_key,
            {{ staged.record }} as record_key,
            {{ staged.day }} as violation_date,
            unnest(string_to_array(broken_rules, ',')) as rule_name
        from {{ staged.relation }}
        where broken_rules is not null
    {%- endfor %}

),

accounts as (

    select
        user_key,
        organization_id
    from {{ ref('dim_users') }}

),

duplicate_files as (

    select
        'prism.documents' as stream,
        document_id as row_key,
        document_id as record_key,
        upload_date as violation_date,
        'file_is_unique' as rule_name
    from {{ ref('dim_documents') }}
    where is_duplicate_file

),

foreign_uploaders as (

    select
        'prism.documents' as stream,
        documents.document_id as row_key,
        documents.document_id as record_key,
        documents.upload_date as violation_date,
        'uploader_belongs_to_organization' as rule_name
    from {{ ref('dim_documents') }} as documents
    where
        documents.uploader_key is not null
        and documents.organization_id is not null
        and not exists (
            select 1 from accounts
            where
                accounts.user_key = documents.uploader_key
                and accounts.organization_id = documents.organization_id
        )

),

repeated_sections as (

    select
        'prism.document_sections' as stream,
        section_id as row_key,
        section_id as record_key,
        section_date as violation_date,
        'section_order_is_unique' as rule_name
    from (
        select
            section_id,
            section_date,
            row_number() over (
                partition by document_id, section_order order by created_at, section_id
            ) as place
        from {{ ref('stg_prism__document_sections') }}
        where
            document_id is not null
            and section_order is not null
    ) as placed
    where place > 1

),

-- High, medium and low are not the total: a finding's risk is none of them.
findings_of_unknown_risk as (

    select
        'prism.analysis_results' as stream,
        analysis_id as row_key,
        analysis_id as record_key,
        analysis_date as violation_date,
        'finding_risks_are_known' as rule_name
    from {{ ref('stg_prism__analysis_results') }}
    where feedback_item_count != high_risk_count + medium_risk_count + low_risk_count

),

feedback_of_unknown_users as (

    select
        'prism.user_feedback' as stream,
        feedback_id as row_key,
        feedback_id as record_key,
        feedback_date as violation_date,
        'user_exists' as rule_name
    from {{ ref('fct_user_feedback') }}
    where
        user_version_key = {{ unknown_key() }}
        and user_key != {{ unknown_key() }}
        and user_key not in (select accounts.user_key from accounts)

),

feedback_on_unknown_analyses as (

    select
        'prism.user_feedback' as stream,
        feedback.feedback_id as row_key,
        feedback.feedback_id as record_key,
        feedback.feedback_date as violation_date,
        'analysis_exists' as rule_name
    from {{ ref('fct_user_feedback') }} as feedback
    where
        feedback.analysis_id is not null
        and not exists (
            select 1 from {{ ref('fct_document_analysis') }} as analyses
            where analyses.analysis_id = feedback.analysis_id
        )

),

violations as (

    select * from broken
    union
    select * from duplicate_files
    union
    select * from foreign_uploaders
    union
    select * from repeated_sections
    union
    select * from findings_of_unknown_risk
    union
    select * from feedback_of_unknown_users
    union
    select * from feedback_on_unknown_analyses

),

ordered as (

    select
        stream,
        row_key,
        record_key,
        rule_name,
        violation_date
    from violations

)

select * from ordered
