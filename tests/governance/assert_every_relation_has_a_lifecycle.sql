-- Every relation is under one lifecycle policy that fits it, and no policy is for nothing: what is
-- about people has a limit, what is kept for ever is not about people, what counts as rebuilt is
-- built whole, and nobody is forgotten in a fact before the rows it was built from may go.
-- depends_on: {{ ref('relation_policies') }}, {{ ref('lifecycle_policies') }}
{% set ranks = {
    'operational': 0, 'business': 0,
    'behavioural': 1,
    'identifier': 2, 'pseudonym': 2, 'free_text': 2, 'personal': 2,
} %}
{%- set kinds = ('model', 'snapshot') -%}
{%- set faults = [] -%}
{#- Linting compiles without a warehouse. -#}
{%- if execute and load_relation(ref('relation_policies')) -%}
    {%- set policies = {} -%}
    {%- for row in run_query('select * from ' ~ ref('lifecycle_policies')).rows -%}
        {%- do policies.update({row['policy']: row}) -%}
    {%- endfor -%}
    {%- set nodes = {} -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'in', kinds) | list
        + graph.sources.values() | list -%}
        {%- do nodes.update({node.schema ~ '.' ~ (node.alias or node.identifier): node}) -%}
    {%- endfor -%}
    {%- set ruled = [] -%}
    {%- set rows = run_query('select * from ' ~ ref('relation_policies')).rows -%}
    {%- set ends = {} -%}
    {%- for row in rows if row['policy'] in policies -%}
        {#- Where only organizations limit a stream, the policies' default counts. -#}
        {%- do ends.update({row['relation']: policies[row['policy']]['delete_days'] or 2555}) -%}
    {%- endfor -%}
    {%- for row in rows -%}
        {%- set relation, policy = row['relation'], policies.get(row['policy']) -%}
        {%- do ruled.append(relation) -%}
        {%- if relation.startswith('files.') -%}
        {%- elif relation not in nodes -%}
            {%- do faults.append(relation ~ ' does not exist') -%}
        {%- elif policy -%}
            {%- set node = nodes[relation] -%}
            {%- set is_whole = node.config.get('materialized') in ('table', 'view') -%}
            {%- set found = [0] -%}
            {%- for column in node.columns.values() -%}
                {%- do found.append(ranks[column.config.meta.class]) -%}
            {%- endfor -%}
            {%- if found | max > ranks[policy['data_class']] -%}
                {%- do faults.append(
                    relation ~ ' holds more about people than policy ' ~ policy['policy'] ~ ' allows'
                ) -%}
            {%- endif -%}
            {%- if policy['policy'] == 'rebuilt' -%}
                {%- if not is_whole -%}
                    {%- do faults.append(relation ~ ' is not rebuilt whole') -%}
                {%- endif -%}
            {%- elif found | max > 0 and policy['delete_days'] is none
                and not policy['honours_organization'] -%}
                {%- do faults.append(relation ~ ' is about people and has no limit') -%}
            {%- endif -%}
            {%- if policy['anonymise_days'] is not none and 'pseudonym' in
                node.columns.values() | map(attribute='config.meta.class') -%}
                {%- for stream in upstream_streams(node) -%}
                    {%- set raw = 'raw.' ~ graph.sources[stream].identifier -%}
                    {%- if ends.get(raw, 0) > policy['anonymise_days'] -%}
                        {%- do faults.append(relation ~ ' loses its people before ' ~ raw) -%}
                    {%- endif -%}
                {%- endfor -%}
            {%- endif -%}
            {%- if policy['hot_days'] is not none and not row['age_from'] -%}
                {%- do faults.append(relation ~ ' does not say from when its age counts') -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for relation in nodes if relation not in ruled -%}
        {%- do faults.append(relation ~ ' has no lifecycle policy') -%}
    {%- endfor -%}
    {%- for policy in policies.values() -%}
        {%- set limits = [
            policy['hot_days'], policy['warm_days'], policy['cold_days'], policy['delete_days']
        ] | reject('none') | list -%}
        {%- if limits != limits | sort -%}
            {%- do faults.append(policy['policy'] ~ ' has limits out of order') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{{ report_faults(faults) }}
