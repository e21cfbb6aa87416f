{#-
    SQL that takes rows out of `source` that are older states of what `relation` holds already, among
    those that meet `condition`. Only where the stream's contract names a version.
-#}
{% macro drop_outdated(source, relation, condition) -%}
    {%- set version = stream_version(model) -%}
    {%- if version -%}
    delete from {{ source }} as late
    where
        {{ condition }}
        and exists (
            select 1 from {{ relation }} as held
            where
                held.{{ version }} > late.{{ version }}
                {%- for column in config.get('row_key') %}
                and held.{{ column }} = late.{{ column }}
                {%- endfor %}
        );
    {%- endif -%}
{%- endmacro %}
