-- Schema 5. Times are UTC Unix milliseconds; numbers that stand for words: add, never renumber.
-- Who may sign in to the site. Of what opens a door (invitation, session) only SHA-256 is kept; a TOTP secret must be kept as it is, for codes are computed from it.
CREATE TABLE accounts (
  person          TEXT    PRIMARY KEY,
  password_hash   TEXT,                                -- null for an account with passkeys alone
  totp_secret     BLOB,                                -- present exactly when there is a password
  totp_step       INTEGER NOT NULL DEFAULT 0,          -- the latest step whose code was used: a code works once
  failures        INTEGER NOT NULL DEFAULT 0,          -- tries since the last success or lock-out
  locked_until    INTEGER,
  created_at      INTEGER NOT NULL,
  last_sign_in_at INTEGER,
  CHECK ((password_hash IS NULL) = (totp_secret IS NULL))
) STRICT;

CREATE TABLE account_passkeys (
  credential_id      BLOB    PRIMARY KEY,
  person             TEXT    NOT NULL REFERENCES accounts (person) ON DELETE CASCADE,
  public_key         BLOB    NOT NULL,
  sign_count         INTEGER NOT NULL,
  transports         TEXT    NOT NULL,                 -- words with blanks between
  is_user_verified   INTEGER NOT NULL,
  is_backup_eligible INTEGER NOT NULL,
  is_backed_up       INTEGER NOT NULL,
  attestation        BLOB    NOT NULL,
  client_data        BLOB    NOT NULL,
  created_at         INTEGER NOT NULL,
  last_used_at       INTEGER
) STRICT;
CREATE INDEX account_passkeys_person ON account_passkeys (person);

CREATE TABLE account_invitations (
  token_hash  BLOB    PRIMARY KEY,
  person      TEXT    NOT NULL UNIQUE,                 -- a new invitation replaces the one before
  totp_secret BLOB    NOT NULL,                        -- what the enrolment page offers
  created_at  INTEGER NOT NULL,
  created_by  TEXT    NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE account_sessions (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,      -- what people are shown; opens nothing
  token_hash   BLOB    NOT NULL UNIQUE,
  person       TEXT    NOT NULL REFERENCES accounts (person) ON DELETE CASCADE,
  method       INTEGER NOT NULL,                       -- 0 password with code, 1 passkey
  address      TEXT    NOT NULL,
  started_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_sessions_person ON account_sessions (person);

PRAGMA user_version = 5;
