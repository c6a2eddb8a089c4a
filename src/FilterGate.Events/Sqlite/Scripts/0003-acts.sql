-- What a person did, and which requests belong to it. Null for what was written before, and for what is no act.
ALTER TABLE events ADD COLUMN act_kind INTEGER;
ALTER TABLE events ADD COLUMN act BLOB;            -- of a part: the id of its act's own event
ALTER TABLE events ADD COLUMN intent INTEGER;
ALTER TABLE events ADD COLUMN title TEXT;
ALTER TABLE events ADD COLUMN search_words TEXT;
ALTER TABLE events ADD COLUMN referer TEXT;

PRAGMA user_version = 3;
