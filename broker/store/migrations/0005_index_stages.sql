-- How far a declared path has come (broker/store/index_work.py). Its rows are looked for while
-- is_complete; before that earlier entities get theirs in order of id, and after a withdrawal
-- writers keep them until no query can look for them any more.
ALTER TABLE index_declaration
    ADD COLUMN filled_to text COLLATE "C" NOT NULL DEFAULT '',  -- entities up to here have rows
    ADD COLUMN is_withdrawn boolean NOT NULL DEFAULT false,
    ADD COLUMN is_kept boolean NOT NULL DEFAULT true;           -- writers keep its rows
