-- Every relation's YAML states a lifecycle policy, and one that fits it: what is about people has a
-- limit, what is kept for ever is not about people, what counts as rebuilt is built whole, and
-- nobody is forgotten in a fact before the rows it was built from may go.
-- depends_on: {{ ref('lifecycle_policies') }}, {{ ref('legal_minimums') }}
{% set ranks = {
    'operational': 0, 'business': 0,
    'behavioural': 1,
    'identifier': 2, 'pseudonym': 2, 'free_text': 2, 'personal': 2,
} %}
{%- set kinds = ('model', 'snapshot') -%}
{%- set faults = [] -%}
{#- Linting compiles without a warehouse. -#}
{%- if execute and load_relation(ref('lifecycle_policies')) -%}
    {%- set limits = ['hot_days', 'warm_days', 'cold_days', 'delete_days'] -%}
    {%- set policies = {} -%}
    {%- for row in run_query('select * from ' ~ ref('lifecycle_policies')).rows -%}
        {%- do policies.update({row['policy']: row.dict()}) -%}
    {%- endfor -%}
    {%- for node in stream_nodes() -%}
        {%- do policies.update(node.config.meta.get('lifecycle_policies', {})) -%}
    {%- endfor -%}
    {%- set laws = run_query('select record_class from ' ~ ref('legal_minimums')).columns[0] -%}
    {%- set nodes = {} -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'in', kinds) | list
        + graph.sources.values() | list -%}
        {%- do nodes.update({node.schema ~ '.' ~ (node.alias or node.identifier): node}) -%}
    {%- endfor -%}
    {%- for relation, node in nodes.items() -%}
        {%- set said = node.config.meta.get('lifecycle', {}) -%}
        {%- set policy = policies.get(said.policy) -%}
        {%- set classes = node.columns.values() | map(attribute='config.meta.class') | list -%}
        {%- set rank = [0] -%}
        {%- for class in classes -%}{%- do rank.append(ranks[class]) -%}{%- endfor -%}
        {%- set rank = rank | max -%}
        {%- if not said -%}
            {%- do faults.append(relation ~ ' has no lifecycle policy') -%}
        {%- elif not policy -%}
            {%- do faults.append(relation ~ ' is under policy ' ~ said.policy ~ ', which is unknown') -%}
        {%- else -%}
            {%- if said.record_class and said.record_class not in laws.values() -%}
                {%- do faults.append(relation ~ ' is of a class that no law names') -%}
            {%- endif -%}
            {%- if rank > ranks[policy.data_class] -%}
                {%- do faults.append(
                    relation ~ ' holds more about people than policy ' ~ said.policy ~ ' allows'
                ) -%}
            {%- endif -%}
            {%- if said.policy == 'rebuilt' -%}
                {%- if node.config.get('materialized') not in ('table', 'view') -%}
                    {%- do faults.append(relation ~ ' is not rebuilt whole') -%}
                {%- endif -%}
            {%- elif rank > 0 and not policy.delete_days and not policy.honours_organization -%}
                {%- do faults.append(relation ~ ' is about people and has no limit') -%}
            {%- endif -%}
            {%- if policy.anonymise_days and 'pseudonym' in classes -%}
                {%- for stream in upstream_streams(node) -%}
                    {%- set above = graph.sources[stream] -%}
                    {%- set kept = policies.get(above.config.meta.get('lifecycle', {}).policy, {}) -%}
                    {#- Where only organizations limit a stream, the policies' default counts. -#}
                    {%- if 'natural_key' in above.config.meta
                        and (kept.delete_days or 2555) > policy.anonymise_days -%}
                        {%- do faults.append(
                            relation ~ ' loses its people before raw.' ~ above.identifier
                        ) -%}
                    {%- endif -%}
                {%- endfor -%}
            {%- endif -%}
            {%- if policy.hot_days and not said.age_from and 'natural_key' not in node.config.meta -%}
                {%- do faults.append(relation ~ ' does not say from when its age counts') -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name, policy in policies.items() -%}
        {%- set stated = [] -%}
        {%- for limit in limits if policy[limit] -%}{%- do stated.append(policy[limit]) -%}{%- endfor -%}
        {%- if stated != stated | sort -%}
            {%- do faults.append(name ~ ' has limits out of order') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{{ report_faults(faults) }}
