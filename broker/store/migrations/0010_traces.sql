-- Under which trace a change was made, as its request said (W3C traceparent): what is told of it
-- belongs to the same trace. Null: the request said nothing.

ALTER TABLE matched_change ADD COLUMN trace text COLLATE "C";
