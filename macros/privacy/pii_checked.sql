{#-
    Replace the marked numbers whose digits fit together; the others keep an ordinary mark.

    Split at the mark k, so each piece but the first starts with a number. Its digits are counted
    from the right. DuckDB sets up a lambda anew for every vector, so it holds little, and no
    regular expression.
-#}
{% macro pii_checked(expression, placeholder, digit, weight, fits) %}
    {{- return(adapter.dispatch('pii_checked')(expression, placeholder, digit, weight, fits)) -}}
{% endmacro %}

{% macro default__pii_checked(expression, placeholder, digit, weight, fits) %}
    {{- exceptions.raise_compiler_error('pii_checked is not written for ' ~ adapter.type()) -}}
{% endmacro %}

{% macro duckdb__pii_checked(expression, placeholder, digit, weight, fits) %}
    {%- set o, c, k = '\ufdd0', '\ufdd1', '\ufdd2' -%}
    {%- set total -%}
        list_sum(list_transform(
            string_split({{ pii_digits() }}, ''),
            lambda digit, j: try_cast({{ digit }} as int) * {{ weight }}
        ))
    {%- endset -%}
    {%- set sql -%}
array_to_string(list_transform(string_split({{ expression }}, '{{ k }}'), lambda piece, i: case
    when i = 1 then piece
    when {{ fits.format(total=total, last='left(' ~ pii_digits() ~ ', 1)') }}
        then '{{ placeholder }}' || substr(piece, strpos(piece, '{{ c }}') + 1)
    else '{{ o }}' || piece
end), '')
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}

{% macro postgres__pii_checked(expression, placeholder, digit, weight, fits) %}
    {%- set o, c, k = '\ufdd0', '\ufdd1', '\ufdd2' -%}
    {%- set total -%}
        (
            select sum(cast({{ digit }} as int) * {{ weight }})
            from unnest(string_to_array({{ pii_digits() }}, null)) with ordinality as d (digit, j)
        )
    {%- endset -%}
    {%- set sql -%}
(
    select string_agg(case
        when i = 1 then piece
        when {{ fits.format(total=total, last='left(' ~ pii_digits() ~ ', 1)') }}
            then '{{ placeholder }}' || substr(piece, strpos(piece, '{{ c }}') + 1)
        else '{{ o }}' || piece
    end, '' order by i)
    from unnest(string_to_array({{ expression }}, '{{ k }}')) with ordinality as pieces (piece, i)
)
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}
