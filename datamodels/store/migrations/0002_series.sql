-- Of several files of one model each begins the ids that are made up for its rows with its own word.

ALTER TABLE import_schedule ADD COLUMN series text COLLATE "C";
