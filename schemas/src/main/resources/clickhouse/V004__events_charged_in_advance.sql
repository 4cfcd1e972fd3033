-- Fees of single events, of charges that are paid in advance.
CREATE TABLE IF NOT EXISTS events_charged_in_advance
(
    organization_id             LowCardinality(String),
    external_subscription_id    String CODEC(ZSTD(3)),
    transaction_id              String CODEC(ZSTD(3)),
    code                        LowCardinality(String),
    timestamp                   DateTime64(6, 'UTC') COMMENT 'Event time' CODEC(Delta(8), ZSTD(3)),
    subscription_id             String CODEC(ZSTD(3)),
    plan_id                     LowCardinality(String),
    charge_id                   LowCardinality(String),
    charge_filter_id            LowCardinality(String) COMMENT 'Empty: the default price of the charge',
    plan_revision               UInt32 CODEC(ZSTD(3)),
    grouped_by                  Map(String, String) CODEC(ZSTD(3)),
    period_from                 DateTime64(6, 'UTC') COMMENT 'Start of the billing period, inclusive' CODEC(Delta(8), ZSTD(3)),
    period_to                   DateTime64(6, 'UTC') COMMENT 'End of the billing period, exclusive' CODEC(Delta(8), ZSTD(3)),
    units                       Nullable(Decimal(38, 18)) CODEC(ZSTD(3)),
    amount_currency             LowCardinality(String),
    amount_cents                Int64 COMMENT 'The fee in minor units, rounding carried: these add up' CODEC(ZSTD(3)),
    -- A price times a quantity has the fractional digits of both.
    precise_amount_cents        Nullable(Decimal(76, 36)) COMMENT 'Unrounded price of this event in minor units' CODEC(ZSTD(3)),
    total_units                 Nullable(Decimal(76, 18)) COMMENT 'Units of the period with this event' CODEC(ZSTD(3)),
    total_amount_cents          Int64 COMMENT 'Fees of the period with this one' CODEC(ZSTD(3)),
    raw_partition               Int32 CODEC(ZSTD(3)),
    raw_offset                  Int64 CODEC(Delta(8), ZSTD(3)),
    ingested_at                 DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(3)),
    enrichment_version          UInt32 CODEC(ZSTD(3)),
    row_version                 UInt64 COMMENT 'Later enrichment wins, then the earlier raw offset' CODEC(Delta(8), ZSTD(3)),
    is_deleted                  UInt8 COMMENT '1: retracted by a later enrichment' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(row_version, is_deleted)
ORDER BY (organization_id, external_subscription_id, charge_id, timestamp, transaction_id)
-- The month of the event in a ring of 96: see events_enriched.
PARTITION BY (toYear(timestamp) * 12 + toMonth(timestamp)) % 96;
