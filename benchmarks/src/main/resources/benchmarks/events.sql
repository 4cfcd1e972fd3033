-- Usage of March by number: what the enricher would make of Traffic's events, of 50 plans with 20 charges each. Each is up to two
-- seconds old when the broker takes it. Of the columns those are computed that are asked for.
--
-- With a skew of 1 all subscriptions use alike; with 3 the first percent of them makes a fifth of the events, and the very first one
-- of a hundred thousand 2 %.
SELECT
    '9f0f2c1e-7d3b-4d2a-8a55-0c5f6b8a1f3e'                                          AS organization_id,
    toUInt64(pow(${place}, ${skew}) * ${subscriptions})                             AS subscription,
    concat('customer-', leftPad(toString(subscription), 6, '0'), '-production')     AS external_subscription_id,
    concat('30000000-0000-4000-8000-', leftPad(toString(subscription), 12, '0'))    AS subscription_id,
    ${transaction_id}                                                               AS transaction_id,
    sipHash64(number)                                                               AS random,
    random % 20                                                                     AS metric,
    concat('metric_of_', ['input_tokens', 'output_tokens', 'images', 'requests', 'seats'][metric % 5 + 1], '_', toString(metric)) AS code,
    fromUnixTimestamp64Milli(1772323200000 + toInt64(${millisecond}), 'UTC')        AS ingested_at,
    fromUnixTimestamp64Micro(toUnixTimestamp64Milli(ingested_at) * 1000 - toInt64(sipHash64(number, 'age') % 2000000), 'UTC') AS timestamp,
    concat(toString(intDiv(random, 1000000) % 10000), '.', leftPad(toString(intDiv(random, 1000) % 1000), 3, '0')) AS amount,
    intDiv(random, 10000000000) % 10                                                AS model,
    intDiv(random, 100000000000) % 5                                                AS region,
    concat('user-', leftPad(toString(intDiv(random, 1000) % 1000), 5, '0'), '@example.org') AS user,
    concat('workspace-', leftPad(toString(intDiv(random, 1000000000000) % 20), 2, '0'), '-production') AS workspace,
    map(
        'amount', amount,
        'model', concat('model-', toString(model)),
        'region', ['eu-central-1', 'eu-west-1', 'us-east-1', 'us-west-2', 'ap-northeast-1'][region + 1],
        'user', user,
        'workspace', workspace,
        'request_id', concat('req_', toString(reinterpretAsUUID(sipHash128(number, 'request')))))  AS properties,
    CAST(NULL, 'Nullable(String)')                                                  AS precise_total_amount_cents,
    'http'                                                                          AS source,
    subscription % 50                                                               AS plan,
    concat('10000000-0000-4000-8000-', leftPad(toString(plan), 12, '0'))            AS plan_id,
    concat('20000000-0000-4000-8000-', leftPad(toString(plan * 20 + metric), 12, '0')) AS charge_id,
    if(model < 8 AND (model % 2 = 0 OR region < 2),
        concat('40000000-0000-4000-8000-', leftPad(toString((plan * 20 + metric) * 8 + model), 12, '0')), NULL) AS charge_filter_id,
    1                                                                               AS plan_revision,
    if(metric % 4 = 0, map('workspace', workspace), map())                          AS grouped_by,
    CAST(NULL, 'Nullable(String)')                                                  AS target_wallet_code,
    false                                                                           AS pay_in_advance,
    multiIf(metric IN (3, 8, 13), 'count_agg', metric = 18, 'max_agg', metric = 19, 'unique_count_agg', 'sum_agg') AS aggregation_type,
    multiIf(aggregation_type = 'count_agg', '1', aggregation_type = 'unique_count_agg', user, amount) AS value,
    if(aggregation_type = 'unique_count_agg', 'add', NULL)                          AS operation,
    subscription % 4                                                                AS raw_partition,
    ${raw_offset}                                                                   AS raw_offset,
    1                                                                               AS enrichment_version,
    false                                                                           AS is_deleted
FROM (SELECT ${first} + ${step} * number AS number FROM numbers(${count}))
