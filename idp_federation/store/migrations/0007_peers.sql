-- Peers: whom tenants accept, what is known of each now, what was decided, what was exchanged.

CREATE TABLE federation_peer (
    tenant text COLLATE "C" NOT NULL,
    entity text COLLATE "C" NOT NULL,
    proofing int NOT NULL CHECK (proofing BETWEEN 1 AND 3),
    authentication int NOT NULL CHECK (authentication BETWEEN 1 AND 3),
    scopes text[] COLLATE "C" NOT NULL,
    allowed_at timestamptz NOT NULL,
    allowed_by text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, entity)
);
CREATE INDEX federation_peer_by_entity ON federation_peer (entity);

CREATE TABLE federation_standing (
    entity text COLLATE "C" PRIMARY KEY,
    chain text[] COLLATE "C" NOT NULL DEFAULT '{}',
    mark text COLLATE "C",
    issuer_chain text[] COLLATE "C" NOT NULL DEFAULT '{}',
    status text COLLATE "C",
    checked_at timestamptz,
    accepted_at timestamptz,
    problem text COLLATE "C" NOT NULL DEFAULT '',
    due_at timestamptz NOT NULL  -- when it is asked about again, by one process
);
CREATE INDEX federation_standing_by_due ON federation_standing (due_at);

CREATE TABLE federation_decision (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    client text COLLATE "C" NOT NULL,
    peer text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    record jsonb NOT NULL
);
CREATE INDEX federation_decision_by_tenant ON federation_decision (tenant, number);
CREATE INDEX federation_decision_by_time ON federation_decision (at);

CREATE TABLE federation_receipt (
    id text COLLATE "C" NOT NULL,
    sender text COLLATE "C" NOT NULL,
    recipient text COLLATE "C" NOT NULL,
    content jsonb NOT NULL,
    at timestamptz NOT NULL,
    arrived_at timestamptz,  -- at the other end; of those received, here
    attempts int NOT NULL DEFAULT 0,
    due_at timestamptz,  -- when it is handed over; null: it need not be, or cannot be any more
    problem text COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (sender, id)
);
CREATE INDEX federation_receipt_by_due ON federation_receipt (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX federation_receipt_by_time ON federation_receipt (at);

-- Clients of the federation that have registered explicitly, each with the chain it was trusted by.
CREATE TABLE federation_client (
    entity text COLLATE "C" PRIMARY KEY,
    chain text[] COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    federation_peer, federation_standing, federation_decision, federation_receipt,
    federation_client TO renkei_app;
