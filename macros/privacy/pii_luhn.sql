{#-
    Replace the tokens marked as cards that pass Luhn; the others keep an ordinary mark.

    Split at the card mark, so each piece but the first starts with a card. From the right, every
    second digit is doubled and the digits of that added: 246813579 is the table of it. DuckDB
    sets up a lambda anew for every vector, so it holds little, and no regular expression.
-#}
{% macro pii_luhn(expression, placeholder) %}
    {{- return(adapter.dispatch('pii_luhn')(expression, placeholder)) -}}
{% endmacro %}

{% macro default__pii_luhn(expression, placeholder) %}
    {{- exceptions.raise_compiler_error('pii_luhn is not written for ' ~ adapter.type()) -}}
{% endmacro %}

{% macro duckdb__pii_luhn(expression, placeholder) %}
    {%- set o, c, k = '\ufdd0', '\ufdd1', '\ufdd2' -%}
    {%- set plain -%}
        '０１２３４５６７８９{{ pii_classes().blank ~ pii_classes().dash }}', '0123456789'
    {%- endset -%}
    {%- set digits -%}
        string_split(translate(reverse(split_part(piece, '{{ c }}', 1)), {{ plain }}), '')
    {%- endset -%}
    {%- set sql -%}
array_to_string(list_transform(string_split({{ expression }}, '{{ k }}'), lambda piece, i: case
    when i = 1 then piece
    when list_sum(list_transform(
        {{ digits }},
        lambda digit, j: try_cast(
            if(j % 2 = 1, digit, translate(digit, '123456789', '246813579')) as int
        )
    )) % 10 = 0 then '{{ placeholder }}' || substr(piece, strpos(piece, '{{ c }}') + 1)
    else '{{ o }}' || piece
end), '')
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}

{% macro postgres__pii_luhn(expression, placeholder) %}
    {%- set o, c, k = '\ufdd0', '\ufdd1', '\ufdd2' -%}
    {%- set plain -%}
        '０１２３４５６７８９{{ pii_classes().blank ~ pii_classes().dash }}', '0123456789'
    {%- endset -%}
    {%- set digits -%}
        string_to_array(
            translate(reverse(split_part(piece, '{{ c }}', 1)), {{ plain }}), null
        )
    {%- endset -%}
    {%- set sql -%}
(
    select string_agg(case
        when i = 1 then piece
        when (
            select sum(cast(
                case j % 2 when 1 then digit else translate(digit, '123456789', '246813579') end
                as int
            ))
            from unnest({{ digits }}) with ordinality as digits (digit, j)
        ) % 10 = 0 then '{{ placeholder }}' || substr(piece, strpos(piece, '{{ c }}') + 1)
        else '{{ o }}' || piece
    end, '' order by i)
    from unnest(string_to_array({{ expression }}, '{{ k }}')) with ordinality as pieces (piece, i)
)
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}
