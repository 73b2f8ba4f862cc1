-- What the planner knows of a tenant's rows does not thin out as its neighbours grow.
--
-- A kind is of one tenant. Taken for independent, the shares of both among all rows multiply: a
-- hundred entities of one tenant beside ten thousand of another would count as one, and a plan that
-- looks through all hundred, once for each id, would seem cheap.

CREATE STATISTICS entity_of_tenant (dependencies) ON tenant, kind FROM entity;
CREATE STATISTICS entity_index_of_tenant (dependencies) ON tenant, kind, path FROM entity_index;
