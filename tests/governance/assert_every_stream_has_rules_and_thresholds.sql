-- Rules that compare records are evaluated, every stream has a threshold, and every threshold is
-- for something that exists.
-- depends_on: {{ ref('quality_thresholds') }}, {{ ref('rule_violations') }}
{% set faults = [] -%}
{%- if execute and load_relation(ref('quality_thresholds')) -%}
    {%- set compared = graph.nodes['model.granary.rule_violations'].raw_code -%}
    {%- set streams = [] -%}
    {%- for node in stream_nodes() -%}
        {%- set stream = node.source_name ~ '.' ~ node.name -%}
        {%- do streams.append(stream) -%}
        {%- for rule in node.config.meta.get('record_rules', [])
            if "'" ~ rule.name ~ "' as rule_name" not in compared -%}
            {%- do faults.append(stream ~ '.' ~ rule.name ~ ' is not evaluated') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set covered = [] -%}
    {%- for row in run_query('select * from ' ~ ref('quality_thresholds')).rows -%}
        {%- set given = row['source_system'] ~ '.' ~ (row['stream'] or '') -%}
        {%- for stream in streams
            if stream == given or not row['stream'] and stream.startswith(given) -%}
            {%- do covered.append(given) -%}
            {%- if not row['dimension'] -%}{%- do covered.append(stream) -%}{%- endif -%}
        {%- endfor -%}
        {%- if given not in covered -%}
            {%- do faults.append('a quality threshold names ' ~ given ~ ', which has no contract') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for stream in streams if stream not in covered -%}
        {%- do faults.append(stream ~ ' has no quality threshold') -%}
    {%- endfor -%}
{%- endif -%}
{{ report_faults(faults) }}
