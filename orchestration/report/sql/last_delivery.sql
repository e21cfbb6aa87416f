-- One row: the UTC day of the last delivery.
select last_day
from {s}governance.last_delivery
