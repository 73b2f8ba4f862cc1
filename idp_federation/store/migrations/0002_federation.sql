-- The federation: who this platform is in it, whom it stands above, whom it trusts.

-- Keys of the federation sign nothing else, and former ones stay to be told of.
ALTER TABLE signing_key ADD COLUMN family text COLLATE "C" NOT NULL DEFAULT 'provider'
    CHECK (family IN ('provider', 'federation'));
ALTER TABLE signing_key DROP CONSTRAINT signing_key_use_check;
ALTER TABLE signing_key ADD CHECK (use IN ('next', 'current', 'retired', 'revoked'));
DROP INDEX signing_key_in_use;
CREATE UNIQUE INDEX signing_key_in_use ON signing_key (family, use)
    WHERE use IN ('next', 'current');

CREATE TABLE federation_member (
    sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
    content jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    by text COLLATE "C" NOT NULL
);

-- Removed ones stay, with when and by whom.
CREATE TABLE federation_subordinate (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity text COLLATE "C" NOT NULL,
    content jsonb NOT NULL,
    enrolled_at timestamptz NOT NULL,
    enrolled_by text COLLATE "C" NOT NULL,
    removed_at timestamptz,
    removed_by text COLLATE "C"
);
CREATE UNIQUE INDEX federation_subordinate_now ON federation_subordinate (entity)
    WHERE removed_at IS NULL;

CREATE TABLE federation_anchor (
    entity text COLLATE "C" PRIMARY KEY,
    jwks jsonb NOT NULL,
    pinned_at timestamptz NOT NULL,
    pinned_by text COLLATE "C" NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    federation_member, federation_subordinate, federation_anchor TO renkei_app;
