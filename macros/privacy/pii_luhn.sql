{#-
    Replace the marked tokens that are a card number: 13 to 19 digits, a first digit that issuers
    use (it rules out milliseconds since 1970 and most identifiers, one in ten of which would
    pass Luhn), and Luhn.

    Split at the opening mark, so each piece but the first starts with a token. From the right,
    every second digit is doubled and the digits of that added: 0246813579 is the table of it.
    No regular expression inside: DuckDB would compile it again for every vector of a lambda.
-#}
{% macro pii_luhn(expression, placeholder) %}
    {{- return(adapter.dispatch('pii_luhn')(expression, placeholder)) -}}
{% endmacro %}

{% macro default__pii_luhn(expression, placeholder) %}
    {{- exceptions.raise_compiler_error('pii_luhn is not written for ' ~ adapter.type()) -}}
{% endmacro %}

{% macro duckdb__pii_luhn(expression, placeholder) %}
    {%- set o, c = '\ufdd0', '\ufdd1' -%}
    {%- set card = "translate(split_part(piece, '" ~ c ~ "', 1), ' -', '')" -%}
    {%- set sql -%}
array_to_string(list_transform(string_split({{ expression }}, '{{ o }}'), lambda piece, i: case
    when i = 1 then piece
    when {{ pii_card_shape(card) }} and list_sum(list_transform(
        string_split(reverse({{ card }}), ''),
        lambda digit, j: try_cast(
            if(j % 2 = 1, digit, substr('0246813579', try_cast(digit as int) + 1, 1)) as int
        )
    )) % 10 = 0 then '{{ placeholder }}' || substr(piece, strpos(piece, '{{ c }}') + 1)
    else '{{ o }}' || piece
end), '')
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}

{% macro postgres__pii_luhn(expression, placeholder) %}
    {%- set o, c = '\ufdd0', '\ufdd1' -%}
    {%- set card = "translate(split_part(piece, '" ~ c ~ "', 1), ' -', '')" -%}
    {%- set sql -%}
(
    select string_agg(case
        when i = 1 then piece
        when {{ pii_card_shape(card) }} and (
            select sum(
                case when j % 2 = 1 then digit::int
                else substr('0246813579', digit::int + 1, 1)::int end
            )
            from unnest(string_to_array(reverse({{ card }}), null))
                with ordinality as digits (digit, j)
        ) % 10 = 0 then '{{ placeholder }}' || substr(piece, strpos(piece, '{{ c }}') + 1)
        else '{{ o }}' || piece
    end, '' order by i)
    from unnest(string_to_array({{ expression }}, '{{ o }}')) with ordinality as pieces (piece, i)
)
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}
