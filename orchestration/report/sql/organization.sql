-- One row if the organization is known, by its account or by a document.
select 1 as is_known
from {s}core.dim_organizations
where
    organization_id = cast($organization_id as uuid)
    and organization_version_key <> organization_id -- the unknown member
union
select 1 as is_known
from {s}core.dim_documents
where organization_id = cast($organization_id as uuid)
