-- Redacting a mart's texts once more changes nothing: no personal data is left in them. A mart's
-- name here makes the test wait for it; one that is not named stops the build.
{% set marts = [
    ref('active_users_daily'),
    ref('analysis_breakdown_daily'),
    ref('business_metrics_daily'),
    ref('content_effectiveness'),
    ref('daily_analysis_summary'),
    ref('dim_ai_models'),
    ref('dim_user_profiles'),
    ref('dim_applications'),
    ref('dim_assistant_users'),
    ref('dim_date'),
    ref('dim_documents'),
    ref('document_limits'),
    ref('dim_organization_names'),
    ref('dim_organizations'),
    ref('dim_organizations_current'),
    ref('dim_time'),
    ref('dim_users'),
    ref('dim_users_current'),
    ref('executive_summary_daily'),
    ref('fct_assistant_interactions'),
    ref('fct_audit_events'),
    ref('fct_content_accesses'),
    ref('fct_document_analysis'),
    ref('fct_user_feedback'),
    ref('load_reconciliation'),
    ref('metric_states'),
    ref('quality_scores'),
    ref('quality_spans'),
    ref('query_performance'),
    ref('rule_scores'),
    ref('rule_violations'),
    ref('health_daily'),
    ref('last_delivery'),
    ref('legal_holds'),
    ref('retention_limits'),
    ref('schema_drift'),
    ref('session_analytics'),
    ref('system_performance'),
    ref('system_performance_minutely'),
    ref('system_performance_hourly'),
    ref('user_analytics_hourly'),
] | map('string') | list -%}
with held as materialized (

    select
        '' as mart_column,
        '' as content
    where false
    {% for node in mart_nodes() -%}
        {%- if node.relation_name not in marts -%}
            {{ exceptions.raise_compiler_error(
                "assert_no_mart_column_holds_personal_data: add ref('" ~ node.name ~ "') to the list"
            ) }}
        {%- endif -%}
        {%- for column in node.columns.values() if column.data_type == 'varchar' %}
            union all
            select distinct
                '{{ node.name }}.{{ column.name }}' as mart_column,
                {{ adapter.quote(column.name) }} as content
            from {{ node.relation_name }}
        {%- endfor -%}
    {%- endfor %}

),

redacted as materialized (

    select
        mart_column,
        content,
        {{ redact_pii('content') }} as redacted_content
    from held

)

select
    mart_column,
    count(*) as value_count
from redacted
where redacted_content is distinct from content
group by mart_column
