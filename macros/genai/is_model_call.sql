{#-
    Whether a span is a call to a model: by its operation, or, where none is stated, as recorders did
    before there were operations, by a model and its tokens.
-#}
{% macro is_model_call(operation, model_name, token_count) -%}
    coalesce(
        {{ operation }} in ('chat', 'text_completion', 'generate_content', 'embeddings'),
        {{ model_name }} is not null and {{ token_count }} is not null
    )
{%- endmacro %}
