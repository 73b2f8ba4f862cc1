-- What told of a tenant's entries when it was last looked at: where that is the same, nothing is
-- read of them.
ALTER TABLE catalog_look ADD COLUMN made text COLLATE "C" NOT NULL DEFAULT '';
