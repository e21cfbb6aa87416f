{# Fields that a contract does not know, as one JSON object, or null; `unknown_fields` in field_sql.py
   fills it in, and says when a line is asked. #}

{% set unknown -%}
list_filter(json_keys(_text), lambda k: not list_contains([{{ known | join(', ') }}], k))
{%- endset %}

{% set filled -%}
{{ required_count }}
{%- for field in optional %} + cast({{ field.name }} is not null as integer){% endfor %}
{%- endset %}

{% set nulled -%}
0
{%- for field in optional %} + case
    when {{ field.name }} is null then cast(
        {%- for key in field.as_keys %}{{ ' or ' if not loop.first }}contains(_text, {{ key }}){% endfor -%}
    as integer) else 0
end
{%- endfor %}
{%- endset %}

{# A key as a JSON pointer (RFC 6901), and the value it points to. #}
{% set value -%}
json_extract(_text, '/' || replace(replace(k, '~', '~0'), '/', '~1'))
{%- endset %}

case when coalesce(_most_keys > {{ filled }}, true) then
    case when coalesce(_most_keys > {{ filled }} + {{ nulled }}, true) then
        case when len({{ unknown }}) > 0 then
            '{' || array_to_string(
                list_transform(
                    list_sort(list_distinct({{ unknown }})),
                    lambda k: json_quote(k) || ':' || coalesce(cast({{ value }} as varchar), 'null')
                ),
                ','
            ) || '}'
        end
    end
end
