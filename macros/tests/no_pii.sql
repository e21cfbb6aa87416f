{#- Fails when redaction would still change a text; counts them and never shows one. -#}
{% test no_pii(model, column_name) %}

select count(*) as unredacted_count
from {{ model }}
where {{ column_name }} <> {{ redact_pii(column_name) }}
having count(*) > 0

{% endtest %}
