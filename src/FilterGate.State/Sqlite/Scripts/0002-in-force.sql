-- Schema 2. Times are UTC Unix milliseconds; numbers that stand for words: add, never renumber.

PRAGMA user_version = 2;
