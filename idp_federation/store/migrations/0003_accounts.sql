-- What people sign in with, what was done to their accounts, and how often somebody tried.

-- Whom she says she is when she signs in; free again once the account is closed.
ALTER TABLE identity_account ADD COLUMN login text COLLATE "C";
CREATE UNIQUE INDEX identity_account_by_login ON identity_account (tenant, login)
    WHERE login IS NOT NULL AND closed_at IS NULL;

-- `secret`: a password's hash, a sealed TOTP secret, a passkey's public key, a recovery code's
-- digest. `counter` only grows: the last time step, the authenticator's own count, 1 once used.
CREATE TABLE account_factor (
    id text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL REFERENCES identity_account (id),
    kind text COLLATE "C" NOT NULL
        CHECK (kind IN ('password', 'totp', 'passkey', 'recovery_code')),
    lookup bytea UNIQUE,
    secret bytea NOT NULL,
    counter bigint NOT NULL DEFAULT 0,
    facts jsonb NOT NULL DEFAULT '{}',
    added_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX account_factor_by_account ON account_factor (account, added_at);
CREATE UNIQUE INDEX account_factor_password ON account_factor (account) WHERE kind = 'password';

-- Append-only: who did what to an account.
CREATE TABLE account_event (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text COLLATE "C" NOT NULL REFERENCES identity_account (id),
    what text COLLATE "C" NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX account_event_by_account ON account_event (account, number);

-- Attempts to sign in, by keyed hashes of accounts and addresses: up to when the allowance is spent.
CREATE TABLE sign_in_pace (
    bucket bytea PRIMARY KEY,
    spent_until timestamptz NOT NULL
);
CREATE INDEX sign_in_pace_by_time ON sign_in_pace (spent_until);

GRANT SELECT, INSERT, UPDATE, DELETE ON account_factor, sign_in_pace TO renkei_app;
GRANT SELECT, INSERT ON account_event TO renkei_app;
