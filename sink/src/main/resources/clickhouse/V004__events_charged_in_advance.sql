-- Fees of single events, of charges that are paid in advance.
CREATE TABLE IF NOT EXISTS events_charged_in_advance
(
    organization_id             LowCardinality(String) CODEC(ZSTD(1)),
    external_subscription_id    String CODEC(ZSTD(3)),
    transaction_id              String ALIAS if(empty(transaction_uuid), transaction_text, toString(transaction_uuid)),
    transaction_uuid            UUID COMMENT 'A transaction_id that is a UUID as PostgreSQL writes it; else zero' CODEC(ZSTD(1)),
    transaction_text            String COMMENT 'Any other transaction_id' CODEC(ZSTD(1)),
    code                        LowCardinality(String) CODEC(ZSTD(1)),
    timestamp                   DateTime64(6, 'UTC') COMMENT 'Event time' CODEC(T64('bit'), ZSTD(1)),
    subscription_id             String CODEC(ZSTD(3)),
    plan_id                     LowCardinality(String) CODEC(ZSTD(1)),
    charge_id                   LowCardinality(String) CODEC(ZSTD(1)),
    charge_filter_id            LowCardinality(String) COMMENT 'Empty: the default price of the charge' CODEC(ZSTD(1)),
    plan_revision               UInt32 CODEC(ZSTD(1)),
    grouped_by                  Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    period_from                 DateTime64(6, 'UTC') COMMENT 'Start of the billing period, inclusive' CODEC(T64('bit'), ZSTD(1)),
    period_to                   DateTime64(6, 'UTC') COMMENT 'End of the billing period, exclusive' CODEC(T64('bit'), ZSTD(1)),
    units                       Nullable(Decimal(38, 18)) CODEC(ZSTD(1)),
    amount_currency             LowCardinality(String) CODEC(ZSTD(1)),
    amount_cents                Int64 COMMENT 'The fee in minor units, rounding carried: these add up' CODEC(ZSTD(1)),
    -- A price times a quantity has the fractional digits of both.
    precise_amount_cents        Nullable(Decimal(76, 36)) COMMENT 'Unrounded price of this event in minor units' CODEC(ZSTD(1)),
    total_units                 Nullable(Decimal(76, 18)) COMMENT 'Units of the period with this event' CODEC(ZSTD(1)),
    total_amount_cents          Int64 COMMENT 'Fees of the period with this one' CODEC(ZSTD(1)),
    raw_partition               Int32 CODEC(ZSTD(1)),
    raw_offset                  Int64 ALIAS toInt64(bitAnd(bitNot(row_version), bitShiftLeft(toUInt64(1), 44) - 1)),
    ingested_at                 DateTime64(3, 'UTC') CODEC(T64('bit'), ZSTD(1)),
    enrichment_version          UInt32 ALIAS toUInt32(bitShiftRight(row_version, 44)),
    row_version                 UInt64 COMMENT 'Later enrichment wins, then the earlier raw offset: 20 bits, 44 bits' CODEC(T64('bit'), ZSTD(1)),
    is_deleted                  UInt8 COMMENT '1: retracted by a later enrichment' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(row_version, is_deleted)
ORDER BY (organization_id, external_subscription_id, charge_id, timestamp, transaction_uuid, transaction_text)
-- The month of the event in a ring of 96: see events_enriched.
PARTITION BY (toYear(timestamp) * 12 + toMonth(timestamp)) % 96;
