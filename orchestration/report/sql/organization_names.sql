-- One row per organization that may be named.
select
    cast(organization_id as varchar) as organization_id,
    organization_name
from {s}core.dim_organization_names
