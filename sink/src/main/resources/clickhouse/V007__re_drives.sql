-- Each time that the original of a dead letter was sent to events_raw again: who had it sent, and where it lies now.
--
-- A row is written once the broker has the record, and never changed.
CREATE TABLE IF NOT EXISTS re_drives
(
    organization_id  LowCardinality(String),
    api_key_id       UUID COMMENT 'The key by which it was asked for',
    dead_letter_id   String COMMENT 'Place of the original in events_raw, such as 3-1234' CODEC(ZSTD(3)),
    re_driven_as     String COMMENT 'Its new place: the id of the dead letter that it becomes if it fails again' CODEC(ZSTD(3)),
    re_driven_at     DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta(8), ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (organization_id, dead_letter_id, re_driven_at);
