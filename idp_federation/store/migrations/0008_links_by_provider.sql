-- Two providers may share an issuer, each with a table of its own: what one says is not read by the
-- other's.
-- breaks: linking by programs that name the columns of the index before, unused since this file
DROP INDEX account_link_in_force;
CREATE UNIQUE INDEX account_link_in_force ON account_link (tenant, provider, subject)
    WHERE ended_at IS NULL;
