{#-
    Replace the marked numbers whose check digit fits; the others keep an ordinary mark. From the
    right, behind the check digit, weights are 2 to 7 and 2 to 6; the check digit is eleven less the
    sum's remainder by eleven, or zero (ordinance 85 of 2014, article 5).
-#}
{% macro pii_my_number(expression, placeholder) %}
    {{- return(adapter.dispatch('pii_my_number')(expression, placeholder)) -}}
{% endmacro %}

{% macro default__pii_my_number(expression, placeholder) %}
    {{- exceptions.raise_compiler_error('pii_my_number is not written for ' ~ adapter.type()) -}}
{% endmacro %}

{% macro duckdb__pii_my_number(expression, placeholder) %}
    {%- set o, c, k = '\ufdd0', '\ufdd1', '\ufdd2' -%}
    {%- set digits -%}
        string_split(translate(reverse(split_part(piece, '{{ c }}', 1)),
            '０１２３４５６７８９ 　‐‑–−－ー-', '0123456789'), '')
    {%- endset -%}
    {%- set sql -%}
array_to_string(list_transform(string_split({{ expression }}, '{{ k }}'), lambda piece, i: case
    when i = 1 then piece
    when list_sum(list_transform(
        {{ digits }},
        lambda digit, j: try_cast(digit as int) * case when j = 1 then 0 when j < 8 then j else j - 6 end
    )) % 11 in (
        case when {{ digits }}[1] = '0' then 0 else 11 - try_cast({{ digits }}[1] as int) end,
        case when {{ digits }}[1] = '0' then 1 end
    ) then '{{ placeholder }}' || substr(piece, strpos(piece, '{{ c }}') + 1)
    else '{{ o }}' || piece
end), '')
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}

{% macro postgres__pii_my_number(expression, placeholder) %}
    {%- set o, c, k = '\ufdd0', '\ufdd1', '\ufdd2' -%}
    {%- set digits -%}
        string_to_array(translate(reverse(split_part(piece, '{{ c }}', 1)),
            '０１２３４５６７８９ 　‐‑–−－ー-', '0123456789'), null)
    {%- endset -%}
    {%- set sql -%}
(
    select string_agg(case
        when i = 1 then piece
        when (
            select sum(
                cast(digit as int) * case when j = 1 then 0 when j < 8 then j else j - 6 end
            ) % 11 in (
                case when ({{ digits }})[1] = '0' then 0 else 11 - cast(({{ digits }})[1] as int) end,
                case when ({{ digits }})[1] = '0' then 1 end
            )
            from unnest({{ digits }}) with ordinality as digits (digit, j)
        ) then '{{ placeholder }}' || substr(piece, strpos(piece, '{{ c }}') + 1)
        else '{{ o }}' || piece
    end, '' order by i)
    from unnest(string_to_array({{ expression }}, '{{ k }}')) with ordinality as pieces (piece, i)
)
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}
