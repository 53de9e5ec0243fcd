//! The steps that brought the database to its form, each from the one before. None is ever changed:
//! archives exist that took it.

/// The steps from an empty database to the format that this program writes.
pub(super) const STEPS: [&str; 10] =
    [TABLES, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, EIGHTH, NINTH, TENTH];

const TABLES: &str = "
CREATE TABLE source (
    id TEXT PRIMARY KEY,
    definition TEXT NOT NULL,          -- JSON, the keys of the sources file
    added_at TEXT NOT NULL
) STRICT;
CREATE TABLE host (                    -- politeness: survives restarts
    authority TEXT PRIMARY KEY,        -- host:port
    next_at_ms INTEGER NOT NULL        -- Unix time before which nothing may be asked
) STRICT, WITHOUT ROWID;
CREATE TABLE page (                    -- a URL that the crawler knows
    source TEXT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    key TEXT NOT NULL,                 -- what makes it the same page under any URL
    kind TEXT NOT NULL CHECK (kind IN ('list', 'article')),
    url TEXT NOT NULL,
    label TEXT,                        -- the text of the link that led here
    found_at TEXT NOT NULL,
    due INTEGER NOT NULL DEFAULT 1,    -- to be fetched in the current run
    in_flight INTEGER NOT NULL DEFAULT 0,
    etag TEXT,
    last_modified TEXT,
    last_status INTEGER,
    last_fetched_at TEXT,
    last_capture INTEGER,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX page_due ON page (source, due, kind);
CREATE TABLE warc_file (
    name TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    committed_length INTEGER NOT NULL  -- bytes; what follows is a torn tail
) STRICT, WITHOUT ROWID;
CREATE TABLE capture (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    page_key TEXT NOT NULL,
    url TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    status INTEGER NOT NULL,
    file TEXT NOT NULL REFERENCES warc_file (name),
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    payload_digest TEXT NOT NULL,      -- sha256, base32
    refers_to INTEGER REFERENCES capture (id), -- a revisit: the payload is there
    extraction TEXT NOT NULL CHECK (extraction IN ('none', 'pending', 'done', 'failed'))
) STRICT;
CREATE INDEX capture_page ON capture (source, page_key);
CREATE INDEX capture_pending ON capture (source) WHERE extraction = 'pending';
CREATE TABLE article (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    key TEXT NOT NULL,                 -- the portal's own id
    url TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('live', 'removed', 'hidden')),
    views INTEGER,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    version INTEGER NOT NULL           -- the newest
) STRICT, WITHOUT ROWID;
CREATE INDEX article_source ON article (source);
CREATE TABLE version (
    article TEXT NOT NULL REFERENCES article (id),
    number INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    capture INTEGER NOT NULL REFERENCES capture (id),
    profile TEXT NOT NULL,
    digest TEXT NOT NULL,              -- sha256 of the fields, hexadecimal
    fields TEXT NOT NULL,              -- JSON
    PRIMARY KEY (article, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    outcome TEXT NOT NULL,             -- JSON
    counters TEXT NOT NULL             -- JSON
) STRICT;
CREATE INDEX run_source ON run (source, id);
CREATE TABLE outbox (                  -- what the indexes have to follow
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    article TEXT NOT NULL,
    change TEXT NOT NULL CHECK (change IN ('new', 'edited', 'gone'))
) STRICT;
";

const SECOND: &str = "
CREATE TABLE identity (                -- one row: which archive this is
    id TEXT NOT NULL                   -- random
) STRICT;
INSERT INTO identity VALUES (lower(hex(randomblob(16))));
ALTER TABLE page DROP COLUMN in_flight;
ALTER TABLE page DROP COLUMN last_capture;
ALTER TABLE outbox ADD COLUMN mark INTEGER NOT NULL DEFAULT 0; -- random, made with the entry
CREATE INDEX version_capture ON version (capture);
DROP INDEX page_due;
CREATE INDEX page_due ON page (source, kind DESC, found_at, key) WHERE due = 1;
CREATE INDEX capture_digest ON capture (source, payload_digest);
";

const THIRD: &str = "
ALTER TABLE host ADD COLUMN closed_until_ms INTEGER NOT NULL DEFAULT 0; -- Unix time
ALTER TABLE host ADD COLUMN closed_why TEXT;
ALTER TABLE host ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0; -- in a row
CREATE TABLE robots (                  -- the last good answer for robots.txt
    origin TEXT PRIMARY KEY,           -- http://host:port
    fetched_at TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL                 -- decoded
) STRICT, WITHOUT ROWID;
ALTER TABLE page ADD COLUMN next_at_s INTEGER NOT NULL DEFAULT 0; -- Unix time of the next visit
ALTER TABLE page ADD COLUMN wait_s INTEGER NOT NULL DEFAULT 0; -- seconds from the last visit to it
ALTER TABLE page ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0; -- times found gone, in a row
ALTER TABLE page ADD COLUMN struck_at_s INTEGER NOT NULL DEFAULT 0; -- the first of these
CREATE INDEX page_next ON page (source, next_at_s);
ALTER TABLE article ADD COLUMN is_public_copy INTEGER NOT NULL DEFAULT 1; -- 0: noarchive
CREATE TABLE event (                   -- what a run has to tell
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (id),
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX event_run ON event (run, id);
CREATE TABLE view_count (              -- a series, no edit
    article TEXT NOT NULL REFERENCES article (id),
    at TEXT NOT NULL,
    views INTEGER NOT NULL,
    PRIMARY KEY (article, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE removal (                 -- the ledger: articles gone at the source, and back again
    id INTEGER PRIMARY KEY,
    article TEXT NOT NULL REFERENCES article (id),
    at TEXT NOT NULL,
    signal TEXT NOT NULL,              -- what showed it
    state TEXT NOT NULL CHECK (state IN ('removed', 'returned'))
) STRICT;
CREATE INDEX removal_article ON removal (article, id);
CREATE TABLE takedown (                -- articles hidden by an operator; rows are never deleted
    id INTEGER PRIMARY KEY,
    article TEXT NOT NULL REFERENCES article (id),
    at TEXT NOT NULL,
    reason TEXT NOT NULL,
    until TEXT,                        -- RFC 3339; null: for good
    lifted_at TEXT,
    lifted_why TEXT
) STRICT;
CREATE INDEX takedown_article ON takedown (article, id);
CREATE TABLE shape (                   -- forms of URLs, and what visits to them gave
    source TEXT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    shape TEXT NOT NULL,
    visits TEXT NOT NULL,              -- the last ones: + something new, - nothing
    closed_at TEXT,
    PRIMARY KEY (source, shape)
) STRICT, WITHOUT ROWID;
";

const FOURTH: &str = "
CREATE TABLE crawl_order (             -- crawls that operators asked for
    source TEXT PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,
    asked_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE token (                   -- operators
    name TEXT PRIMARY KEY,
    digest TEXT NOT NULL,              -- sha256 of the token, hexadecimal
    added_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_digest ON token (digest);
CREATE TABLE baseline (                -- what a source's articles usually give
    source TEXT PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,
    shares TEXT NOT NULL               -- JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX version_digest ON version (digest);
";

/// The fifth: what a page was decoded as.
const FIFTH: &str = "
ALTER TABLE capture ADD COLUMN charset TEXT;   -- 'windows-1258, by meta'
CREATE INDEX capture_place ON capture (file, offset);
ALTER TABLE page ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0; -- in this round
DROP INDEX page_due;
CREATE INDEX page_due ON page (source, refusals, kind DESC, found_at, key) WHERE due = 1;
CREATE TABLE suspect (                 -- captures that lack what their article had
    capture INTEGER PRIMARY KEY REFERENCES capture (id),
    why TEXT NOT NULL
) STRICT;
CREATE TABLE acceptance (              -- sources whose great change is right, says the operator
    source TEXT PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,
    until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// The sixth: officials. All of it but the decisions can be read again from the versions.
const SIXTH: &str = "
ALTER TABLE article ADD COLUMN people_rules INTEGER NOT NULL DEFAULT 0; -- 0: not read for people
CREATE INDEX article_people ON article (people_rules);
CREATE TABLE official (                -- people, joined from appearances
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,            -- exact keys
    given_fold TEXT NOT NULL,          -- folded given name
    merged_into INTEGER REFERENCES official (id)
) STRICT;
CREATE INDEX official_name ON official (name_key);
CREATE INDEX official_given ON official (given_fold);
CREATE TABLE appearance (              -- a person in an article
    article TEXT NOT NULL REFERENCES article (id),
    name_key TEXT NOT NULL,
    official INTEGER NOT NULL REFERENCES official (id),
    source TEXT NOT NULL,
    day TEXT NOT NULL,                 -- of the article: published, else first seen
    reason TEXT NOT NULL,              -- why it is this official
    decided INTEGER NOT NULL DEFAULT 0, -- by an operator
    PRIMARY KEY (article, name_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX appearance_official ON appearance (official, day);
CREATE INDEX appearance_source ON appearance (official, source);
CREATE TABLE mention (                 -- where an article speaks of a person
    article TEXT NOT NULL,
    version INTEGER NOT NULL,
    name_key TEXT NOT NULL,
    paragraph INTEGER NOT NULL,        -- of title, lead, body, captions, credit, in this order
    start INTEGER NOT NULL,            -- bytes in it
    stop INTEGER NOT NULL,
    sentence_start INTEGER NOT NULL,
    sentence_stop INTEGER NOT NULL,
    written TEXT NOT NULL,
    honorific TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('full', 'short', 'post')),
    confidence REAL NOT NULL,
    PRIMARY KEY (article, version, name_key, paragraph, start)
) STRICT, WITHOUT ROWID;
CREATE TABLE holding (                 -- a post that an article says somebody holds or held
    article TEXT NOT NULL,
    version INTEGER NOT NULL,
    name_key TEXT NOT NULL,
    official INTEGER NOT NULL REFERENCES official (id),
    day TEXT NOT NULL,
    written TEXT NOT NULL,
    title TEXT NOT NULL,               -- exact keys, in full
    unit TEXT NOT NULL,                -- exact keys: body, level and name
    area TEXT NOT NULL,                -- exact keys of the ward, district or province
    tenure TEXT NOT NULL CHECK (tenure IN ('current', 'former', 'acting')),
    sentence TEXT NOT NULL,
    PRIMARY KEY (article, version, name_key, title, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX holding_unit ON holding (official, unit);
CREATE INDEX holding_area ON holding (official, area);
CREATE TABLE official_decision (       -- of operators; undone ones stay in the list
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('merge', 'split')),
    reason TEXT NOT NULL,
    moved TEXT NOT NULL,               -- JSON: article, name_key, from
    undone_at TEXT
) STRICT;
";

/// The seventh: alerts, what they matched, and the messages that tell of it.
const SEVENTH: &str = "
ALTER TABLE outbox ADD COLUMN event TEXT;      -- what happened, where subscribers are told of it
ALTER TABLE outbox ADD COLUMN version INTEGER; -- of the article, then
ALTER TABLE official_decision ADD COLUMN by_machine INTEGER NOT NULL DEFAULT 0; -- on evidence
CREATE TABLE alert (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL UNIQUE,        -- whoever has it may confirm and end the alert
    search TEXT NOT NULL,              -- JSON
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
    address TEXT NOT NULL,
    secret TEXT,                       -- base64; what webhooks are signed with
    pace TEXT NOT NULL CHECK (pace IN ('immediate', 'daily')),
    created_at TEXT NOT NULL,
    confirmed_at TEXT,
    begins_after INTEGER,              -- the newest entry of the outbox when it was confirmed
    newest_match INTEGER NOT NULL DEFAULT 0, -- the last entry of the outbox that it matched
    told_up_to INTEGER NOT NULL DEFAULT 0,   -- the last entry that its messages tell of
    ended_at TEXT,
    ended_why TEXT
) STRICT;
CREATE INDEX alert_address ON alert (address);
CREATE TABLE alert_progress (          -- one row
    seq INTEGER NOT NULL               -- the last entry of the outbox that was matched
) STRICT;
INSERT INTO alert_progress SELECT coalesce(max(seq), 0) FROM outbox;
CREATE TABLE message (                 -- to a subscriber
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,    -- the same at every attempt
    alert INTEGER NOT NULL REFERENCES alert (id),
    kind TEXT NOT NULL CHECK (kind IN ('confirm', 'matches')),
    after_seq INTEGER NOT NULL,        -- it tells of the alert's matches behind this entry
    up_to_seq INTEGER NOT NULL,        -- up to this one
    created_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, -- begun
    next_at_s INTEGER NOT NULL,        -- Unix time of the next attempt
    delivered_at TEXT,
    given_up_at TEXT,
    error TEXT                         -- of the last attempt
) STRICT;
CREATE INDEX message_open ON message (next_at_s)
    WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX message_alert ON message (alert);
CREATE TABLE notification (            -- an alert matched an entry of the outbox
    alert INTEGER NOT NULL REFERENCES alert (id),
    seq INTEGER NOT NULL,
    article TEXT NOT NULL,
    version INTEGER NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('new', 'edited', 'removed', 'returned')),
    lost INTEGER NOT NULL,             -- whether only the version before matches
    PRIMARY KEY (alert, seq)
) STRICT, WITHOUT ROWID;
ALTER TABLE appearance ADD COLUMN is_current INTEGER NOT NULL DEFAULT 1; -- in the newest version
CREATE INDEX appearance_name_source ON appearance (name_key, source);
CREATE INDEX holding_name_unit ON holding (name_key, unit);
CREATE INDEX holding_name_area ON holding (name_key, area);
CREATE INDEX alert_untold ON alert (id) WHERE newest_match > told_up_to;
";

/// The eighth: operators with roles, passwords and sessions, and the log of what people changed.
/// Whoever had a token could do everything.
const EIGHTH: &str = "
CREATE TABLE account (                 -- an operator
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
    added_at TEXT NOT NULL,
    password TEXT,                     -- Argon2id, a PHC string
    failures INTEGER NOT NULL DEFAULT 0, -- wrong passwords in a row
    locked_until_s INTEGER,            -- Unix time
    signed_in_at TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO account (name, role, added_at) SELECT name, 'admin', added_at FROM token;
ALTER TABLE token RENAME TO old_token;
CREATE TABLE token (
    name TEXT PRIMARY KEY REFERENCES account (name) ON DELETE CASCADE,
    digest TEXT NOT NULL,              -- sha256, hexadecimal
    added_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO token SELECT name, digest, added_at FROM old_token;
DROP TABLE old_token;
CREATE INDEX token_digest ON token (digest);
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    digest TEXT NOT NULL UNIQUE,       -- of its token: sha256, hexadecimal
    previous TEXT,                     -- of the token before
    form_token TEXT NOT NULL,
    started_at_s INTEGER NOT NULL,     -- Unix times
    rotated_at_s INTEGER NOT NULL,
    used_at_s INTEGER NOT NULL
) STRICT;
CREATE INDEX session_previous ON session (previous) WHERE previous IS NOT NULL;
CREATE TABLE audit (                   -- what people changed
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL               -- JSON
) STRICT;
CREATE INDEX audit_subject ON audit (subject);
";

/// The ninth: officials by two words of their names, as of a common given name an archive knows
/// thousands; and what a search shows of officials whom thousands of articles name.
const NINTH: &str = "
CREATE INDEX article_hidden ON article (id) WHERE status = 'hidden';
DROP INDEX appearance_official;
CREATE INDEX appearance_official ON appearance (official, is_current, day);
DROP INDEX holding_area;
CREATE INDEX holding_day ON holding (official, day);
CREATE TABLE official_word (
    given_fold TEXT NOT NULL,          -- folded given name
    word_fold TEXT NOT NULL,           -- another word of the name, folded
    words INTEGER NOT NULL,            -- how many the name has: the shortest come first
    official INTEGER NOT NULL REFERENCES official (id),
    PRIMARY KEY (given_fold, word_fold, words, official)
) STRICT, WITHOUT ROWID;
";

/// The tenth: versions by row. In a tree by their keys each comparison on the way to one read the
/// whole text of another.
const TENTH: &str = "
ALTER TABLE version RENAME TO old_version;
CREATE TABLE version (
    article TEXT NOT NULL REFERENCES article (id),
    number INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    capture INTEGER NOT NULL REFERENCES capture (id),
    profile TEXT NOT NULL,
    digest TEXT NOT NULL,              -- sha256 of the fields, hexadecimal
    fields TEXT NOT NULL,              -- JSON
    PRIMARY KEY (article, number)
) STRICT;
INSERT INTO version SELECT * FROM old_version;
DROP TABLE old_version;
CREATE INDEX version_capture ON version (capture);
CREATE INDEX version_digest ON version (digest);
";
