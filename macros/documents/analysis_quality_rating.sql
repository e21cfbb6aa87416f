{#-
    Quality of an analysis, from 1 (poor) to 5 (good). It is the mean, rounded half up, of the
    person's satisfaction, the model's confidence and the share of accepted findings, as far as they
    are known, each scaled to 1 to 5. Null where none is known.
-#}
{% macro analysis_quality_rating() -%}
    {%- set total -%}
            (
                coalesce(cast(satisfaction_score as double precision), 0)
                + coalesce(1 + 4 * cast(confidence_score as double precision), 0)
                + case
                    when accepted_count + rejected_count > 0
                    then 1 + {{ ratio('4 * accepted_count', '(accepted_count + rejected_count)') }}
                    else 0
                end
            )
    {%- endset -%}
    {%- set known -%}
            (
                case when satisfaction_score is null then 0 else 1 end
                + case when confidence_score is null then 0 else 1 end
                + case when accepted_count + rejected_count > 0 then 1 else 0 end
            )
    {%- endset -%}
    cast(floor({{ ratio(total, known) }} + 0.5) as integer)
{%- endmacro %}
