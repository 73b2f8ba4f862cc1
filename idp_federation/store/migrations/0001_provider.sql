-- The OpenID Provider, in the control database. Secrets stand here as SHA-256 digests or sealed.

CREATE TABLE signing_key (
    kid text COLLATE "C" PRIMARY KEY,
    use text COLLATE "C" NOT NULL CHECK (use IN ('next', 'current', 'retired')),
    public jsonb NOT NULL,
    sealed bytea NOT NULL,
    since timestamptz NOT NULL
);
CREATE UNIQUE INDEX signing_key_in_use ON signing_key (use) WHERE use <> 'retired';

-- `metadata` is the client by the names of the registration specification.
CREATE TABLE oauth_client (
    id text COLLATE "C" PRIMARY KEY,
    metadata jsonb NOT NULL,
    secret bytea,
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);
CREATE TABLE oauth_client_event (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client text COLLATE "C" NOT NULL REFERENCES oauth_client (id),
    version int NOT NULL,
    what text COLLATE "C" NOT NULL,
    by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX oauth_client_event_by_client ON oauth_client_event (client, number);

-- People, each at one municipality. An id is never given twice.
CREATE TABLE identity_account (
    id text COLLATE "C" PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    claims jsonb NOT NULL DEFAULT '{}',
    verified_claims jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX identity_account_by_tenant ON identity_account (tenant, id);

CREATE TABLE browser_session (
    sid text COLLATE "C" PRIMARY KEY,
    cookie bytea NOT NULL UNIQUE,
    account text COLLATE "C" NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    signed_in jsonb NOT NULL,
    source text COLLATE "C",  -- who vouches, where it is not this platform
    agent text COLLATE "C" NOT NULL DEFAULT '',
    started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX browser_session_by_account ON browser_session (account, started_at);
CREATE INDEX browser_session_by_source ON browser_session (source) WHERE source IS NOT NULL;
CREATE INDEX browser_session_by_expiry ON browser_session (expires_at);

-- What somebody has agreed that a client learns of her; withdrawn rows stay.
CREATE TABLE release_consent (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    client text COLLATE "C" NOT NULL,
    scope text[] COLLATE "C" NOT NULL,
    claims text[] COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    given_at timestamptz NOT NULL,
    expires_at timestamptz,
    withdrawn_at timestamptz
);
CREATE UNIQUE INDEX release_consent_in_force ON release_consent (account, client)
    WHERE withdrawn_at IS NULL;

-- Authorization codes, pushed requests, interactions: good once, for a short while.
CREATE TABLE one_time_code (
    kind text COLLATE "C" NOT NULL,
    code bytea NOT NULL,
    content jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (kind, code)
);
CREATE INDEX one_time_code_by_expiry ON one_time_code (expires_at);

CREATE TABLE token_grant (
    id text COLLATE "C" PRIMARY KEY,
    client text COLLATE "C" NOT NULL,
    account text COLLATE "C",
    sid text COLLATE "C",
    content jsonb NOT NULL,
    offline boolean NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX token_grant_by_session ON token_grant (sid) WHERE sid IS NOT NULL;
CREATE INDEX token_grant_by_account ON token_grant (account) WHERE account IS NOT NULL;
CREATE INDEX token_grant_by_expiry ON token_grant (expires_at);

-- Used ones stay until their grant is swept: that is how reuse is noticed.
CREATE TABLE refresh_token (
    token bytea PRIMARY KEY,
    gid text COLLATE "C" NOT NULL REFERENCES token_grant (id) ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX refresh_token_by_grant ON refresh_token (gid);

CREATE TABLE seen_assertion (
    issuer text COLLATE "C" NOT NULL,
    jti bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, jti)
);
CREATE INDEX seen_assertion_by_expiry ON seen_assertion (expires_at);

-- DPoP proofs come with every request, so a crash of the server may empty both tables: the one row
-- of proof_memory says since when nothing was forgotten.
CREATE UNLOGGED TABLE seen_proof (
    jkt text COLLATE "C" NOT NULL,
    jti bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (jkt, jti)
);
CREATE INDEX seen_proof_by_expiry ON seen_proof (expires_at);
CREATE UNLOGGED TABLE proof_memory (
    sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
    since timestamptz NOT NULL
);
INSERT INTO proof_memory (since) VALUES ('1970-01-01 00:00:00+00');

-- Tokens that do not count any more although they have not expired.
CREATE TABLE withdrawal (
    name text COLLATE "C" NOT NULL,
    effect text COLLATE "C" NOT NULL CHECK (effect IN ('end', 'lower')),
    at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (name, effect)
);
CREATE INDEX withdrawal_by_expiry ON withdrawal (expires_at);

-- Clients that are to be told that a session has ended.
CREATE TABLE logout_notice (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client text COLLATE "C" NOT NULL,
    url text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    sid text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    gives_up_at timestamptz NOT NULL,
    problem text COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX logout_notice_by_due ON logout_notice (due_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    signing_key, one_time_code, token_grant, refresh_token, seen_assertion, seen_proof,
    proof_memory, withdrawal, logout_notice, browser_session
    TO renkei_app;
GRANT SELECT, INSERT, UPDATE ON oauth_client, identity_account, release_consent TO renkei_app;
GRANT SELECT, INSERT ON oauth_client_event TO renkei_app;
