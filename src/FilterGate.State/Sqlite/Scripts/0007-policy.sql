-- Schema 7: the history of the policy is written once. Going back makes a new version; `why` reads the one that an event names.
CREATE INDEX policy_versions_version ON policy_versions (version, number);

CREATE TRIGGER policy_versions_stay BEFORE UPDATE ON policy_versions
BEGIN
  SELECT raise(ABORT, 'a version of the policy is never changed');
END;

PRAGMA user_version = 7;
