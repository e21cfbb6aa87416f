-- Every metric that has a threshold has an alert policy, its own or the one for all others.
select thresholds.metric_name
from {{ ref('metric_thresholds') }} as thresholds
where
    not exists (
        select 1 from {{ ref('metric_alerts') }} as policies
        where coalesce(policies.metric_name, thresholds.metric_name) = thresholds.metric_name
    )
