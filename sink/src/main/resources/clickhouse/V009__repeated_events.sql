-- What finds the events that were enriched a second time, at another time than the first, because the enricher had forgotten their
-- id by then. (At the same time they have the same key, and collapse.)
--
--   events_enriched_intake ─┬─▶ event_arrivals ───┐
--                           └─▶ event_identities ─┴─ ExclusionPass ─▶ repeated_events ─▶ duplicate_events (view)

-- Every event that was ever enriched, as a number and a time. Another event may have the same number: it only says where to look.
-- Granules are small because a pass looks up ids from all over the table.
CREATE TABLE IF NOT EXISTS event_identities
(
    identity   UInt64 COMMENT 'sipHash64(organization_id, external_subscription_id, transaction_id)' CODEC(Delta(8), ZSTD(1)),
    timestamp  DateTime64(6, 'UTC') COMMENT 'Event time' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (identity, timestamp)
PRIMARY KEY identity
SETTINGS index_granularity = 1024, min_compress_block_size = 8192;

-- Records of events_enriched that the pass has not covered yet, by their place in the topic; and those of the last hour.
CREATE TABLE IF NOT EXISTS event_arrivals
(
    partition                 Int32,
    offset                    Int64 CODEC(Delta(8), ZSTD(1)),
    organization_id           LowCardinality(String),
    external_subscription_id  String CODEC(ZSTD(1)),
    transaction_id            String CODEC(ZSTD(1)),
    arrived_at                DateTime('UTC') COMMENT 'When its row was written, to ten minutes' CODEC(Delta(4), ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (partition, offset)
-- Dropped as a whole when all of it is covered: nothing is written at a time that is over.
PARTITION BY arrived_at;

-- The times of each event that bears several. A fact that is found stays true; which of the times counts is seen when it is read.
CREATE TABLE IF NOT EXISTS repeated_events
(
    organization_id           LowCardinality(String),
    external_subscription_id  String,
    transaction_id            String,
    timestamp                 DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (organization_id, external_subscription_id, transaction_id, timestamp);

-- How far the pass has come in each partition of events_enriched, exclusive.
CREATE TABLE IF NOT EXISTS exclusion_pass
(
    partition   Int32,
    covered_to  Int64,
    covered_at  DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(covered_to)
ORDER BY partition;

-- What was enriched before. Until the queue is made again nothing is added.
DROP TABLE IF EXISTS events_enriched_queue SYNC;

INSERT INTO event_identities
SELECT sipHash64(organization_id, external_subscription_id, transaction_id), timestamp
FROM events_enriched;

INSERT INTO repeated_events
SELECT organization_id, external_subscription_id, transaction_id, arrayJoin(groupUniqArray(timestamp))
FROM events_enriched
GROUP BY organization_id, external_subscription_id, transaction_id
HAVING min(timestamp) != max(timestamp);
