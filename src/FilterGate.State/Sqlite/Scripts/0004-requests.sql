-- Schema 4. Times are UTC Unix milliseconds; numbers that stand for words: add, never renumber.

PRAGMA user_version = 4;
