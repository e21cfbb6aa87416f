-- One row per AI model and version.
select
    cast(ai_model_key as varchar) as ai_model_key,
    ai_model_name,
    ai_model_version
from {s}core.dim_ai_models
