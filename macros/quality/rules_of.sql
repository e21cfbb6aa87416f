{#-
    Names of all rules of a stream: bounds and rules of its contract, and those that compare records,
    which governance.rule_violations evaluates itself.
-#}
{% macro rules_of(stream) -%}
    {%- set names = {
        'prism.documents': ['file_is_unique', 'uploader_belongs_to_organization'],
        'prism.document_sections': ['section_order_is_unique'],
        'prism.user_feedback': ['user_exists', 'analysis_exists'],
    }.get(stream, []) -%}
    {%- set node = stream_node(stream) -%}
    {%- for name, column in node.columns.items()
        if 'minimum' in column.config.meta or 'maximum' in column.config.meta -%}
        {%- do names.append(name ~ '_is_possible') -%}
    {%- endfor -%}
    {%- for rule in node.config.meta.get('rules', []) -%}
        {%- do names.append(rule.name) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
