{#-
    Quality of an analysis, 1 (poor) to 5 (good): the mean, rounded half up, of what is known of the
    person's satisfaction, the model's confidence and the share of accepted findings, each from 1 to
    5. Null where nothing is known. All in whole ten-thousandths, alike on both engines.
-#}
{% macro analysis_quality_rating() -%}
    case
        when
            satisfaction_score is null and confidence_score is null
            and coalesce(accepted_count + rejected_count, 0) = 0
        then null
        else cast(floor(
            (
                coalesce(cast(satisfaction_score as double precision), 0)
                + coalesce(1 + 4 * cast(confidence_score as double precision), 0)
                + case
                    when accepted_count + rejected_count > 0
                    then 1 + 4 * cast(accepted_count as double precision)
                        / cast(accepted_count + rejected_count as double precision)
                    else 0
                end
            )
            / (
                case when satisfaction_score is null then 0 else 1 end
                + case when confidence_score is null then 0 else 1 end
                + case when accepted_count + rejected_count > 0 then 1 else 0 end
            )
            + 0.5
        ) as integer)
    end
{%- endmacro %}
