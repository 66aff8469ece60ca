-- Every event that came in, once for each (source, id).
CREATE TABLE events (
    source      TEXT NOT NULL,
    id          TEXT NOT NULL,
    type        TEXT NOT NULL,
    received_at TEXT NOT NULL, -- RFC 3339, UTC
    event       TEXT NOT NULL, -- JSON format of CloudEvents 1.0
    PRIMARY KEY (source, id)
);

CREATE INDEX events_by_type ON events (type);

-- The runs among them, with what the reports ask for beside the run itself.
CREATE TABLE runs (
    source     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    started_ms INTEGER NOT NULL, -- milliseconds since 1970, UTC
    service    TEXT,
    comparison TEXT,             -- facts.group
    arm        TEXT    NOT NULL,
    kind       TEXT,             -- first, update, unchanged; NULL when the run ended before that was known
    outcome    TEXT    NOT NULL,
    ready_ms   REAL,             -- NULL when the run deployed nothing (plat new)
    build_ms   REAL,
    run        TEXT    NOT NULL, -- JSON
    PRIMARY KEY (source, id),
    FOREIGN KEY (source, id) REFERENCES events (source, id)
);

CREATE INDEX runs_by_start ON runs (started_ms);
