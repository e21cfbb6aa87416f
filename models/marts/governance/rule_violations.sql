-- One row per record, rule it breaks and UTC day. Built whole, from the few rows that break one.
with broken as (

    {% for stream, record, day in [
        ('assistant.interactions', 'interaction_key', 'activity_date'),
        ('assistant.content_accesses', 'session_key', 'access_date'),
        ('assistant.system_metrics', 'metric_key', 'metric_date'),
        ('prism.organizations', 'organization_id', 'version_date'),
        ('prism.users', 'user_key', 'version_date'),
        ('prism.documents', 'document_id', 'upload_date'),
        ('prism.document_sections', 'section_id', 'section_date'),
        ('prism.analysis_results', 'analysis_id', 'analysis_date'),
        ('prism.user_feedback', 'feedback_id', 'feedback_date'),
        ('prism.audit_logs', 'event_id', 'event_date'),
    ] %}
        {{ 'union all' if not loop.first }}
        select
            '{{ stream }}' as stream,
            {{ record }} as record_key,
            {{ day }} as violation_date,
            unnest(string_to_array(broken_rules, ',')) as rule_name
        from {{ ref('stg_' ~ stream | replace('.', '__')) }}
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
        document_id as record_key,
        upload_date as violation_date,
        'file_is_unique' as rule_name
    from {{ ref('dim_documents') }}
    where is_duplicate_file

),

foreign_uploaders as (

    select
        'prism.documents' as stream,
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

feedback_of_unknown_users as (

    select
        'prism.user_feedback' as stream,
        feedback_id as record_key,
        feedback_date as violation_date,
        'user_exists' as rule_name
    from {{ ref('fct_user_feedback') }}
    where
        user_key is not null
        and user_version_key = {{ unknown_key() }}
        and user_key not in (select accounts.user_key from accounts)

),

feedback_on_unknown_analyses as (

    select
        'prism.user_feedback' as stream,
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
    select * from feedback_of_unknown_users
    union
    select * from feedback_on_unknown_analyses

),

ordered as (

    select
        stream,
        record_key,
        rule_name,
        violation_date
    from violations

)

select * from ordered
