-- Everything that is agreed (who pays what) and everything that is owed.
-- Ids are UUIDs, times are instants with microseconds, money is in minor units of its currency.

create table organizations (
    id          uuid primary key,
    name        text        not null,
    hmac_key    text        not null, -- signs webhooks
    created_at  timestamptz not null
);

create table api_keys (
    id              uuid primary key,
    organization_id uuid        not null references organizations,
    key_hash        text        not null unique, -- lower-case hex SHA-256; the key itself is never stored
    expires_at      timestamptz,
    created_at      timestamptz not null
);

create table test_clocks (
    id              uuid primary key,
    organization_id uuid        not null references organizations,
    name            text,
    time            timestamptz not null, -- what the clock shows
    created_at      timestamptz not null
);

create table billable_metrics (
    id              uuid primary key,
    organization_id uuid        not null references organizations,
    code            text        not null,
    name            text        not null,
    description     text,
    created_at      timestamptz not null,
    deleted_at      timestamptz
);
create unique index billable_metrics_code on billable_metrics (organization_id, code) where deleted_at is null;
create index billable_metrics_history on billable_metrics (organization_id, code, created_at);

-- What a metric measured from when to when; the first revision of a code has no beginning.
create table billable_metric_revisions (
    id                 uuid primary key,
    billable_metric_id uuid not null references billable_metrics,
    revision           int  not null,
    effective_from     timestamptz,
    effective_to       timestamptz, -- exclusive
    aggregation_type   text not null,
    field_name         text,
    expression         text,
    recurring          boolean not null,
    weighted_interval  text,
    rounding_function  text,
    rounding_precision int,
    filters            jsonb not null, -- [{key, values}]
    unique (billable_metric_id, revision)
);

create table plans (
    id                   uuid primary key,
    organization_id      uuid        not null references organizations,
    code                 text        not null,
    name                 text        not null,
    invoice_display_name text,
    description          text,
    created_at           timestamptz not null,
    deleted_at           timestamptz
);
create unique index plans_code on plans (organization_id, code) where deleted_at is null;

-- Who a charge is, whatever it costs: the same code and metric in the same plan keep their id through every edit.
create table charges (
    id                 uuid primary key,
    plan_id            uuid        not null references plans,
    code               text        not null,
    billable_metric_id uuid        not null references billable_metrics,
    created_at         timestamptz not null,
    unique (plan_id, code, billable_metric_id)
);

-- Who a charge filter is: the same values in the same charge keep its id through every edit.
create table charge_filters (
    id            uuid primary key,
    charge_id     uuid        not null references charges,
    values_hash   text        not null, -- SHA-256 of property to accepted values, both sorted
    created_at    timestamptz not null,
    unique (charge_id, values_hash)
);

-- What a plan cost from when to when: the first revision has no beginning.
create table plan_revisions (
    id                   uuid    primary key,
    plan_id              uuid    not null references plans,
    revision             int     not null,
    effective_from       timestamptz,
    effective_to         timestamptz, -- exclusive
    billing_interval     text    not null,
    amount_cents         bigint  not null,
    amount_currency      text    not null,
    pay_in_advance       boolean not null,
    bill_charges_monthly boolean not null,
    charges              jsonb   not null, -- the prices, under the ids of charges and charge_filters
    unique (plan_id, revision)
);

create table customers (
    id                  uuid primary key,
    organization_id     uuid        not null references organizations,
    external_id         text        not null,
    sequential_id       int         not null,
    invoices_numbered   int         not null default 0,
    name                text,
    email               text,
    currency            text,
    timezone            text,
    net_payment_term    int,
    test_clock_id       uuid references test_clocks,
    details             jsonb       not null, -- what is only shown: addresses, legal name, metadata
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    deleted_at          timestamptz,
    unique (organization_id, sequential_id)
);
create unique index customers_external_id on customers (organization_id, external_id) where deleted_at is null;
create index customers_by_test_clock on customers (test_clock_id) where test_clock_id is not null;

create table subscriptions (
    id                        uuid primary key,
    organization_id           uuid        not null references organizations,
    customer_id               uuid        not null references customers,
    plan_id                   uuid        not null references plans,
    external_id               text        not null,
    name                      text,
    status                    text        not null check (status in ('pending', 'active', 'terminated', 'canceled')),
    billing_time              text        not null check (billing_time in ('calendar', 'anniversary')),
    subscription_at           timestamptz not null, -- anchor of anniversary billing
    started_at                timestamptz,
    ending_at                 timestamptz,
    terminated_at             timestamptz, -- exclusive
    canceled_at               timestamptz,
    on_termination_invoice    text        not null default 'generate',
    billed_until              timestamptz, -- start of what is not billed yet
    next_billing_at           timestamptz, -- the cursor: due when the customer's clock has reached it; null when nothing will be due
    created_at                timestamptz not null
);
create unique index subscriptions_in_force on subscriptions (organization_id, external_id) where status in ('pending', 'active');
create index subscriptions_history on subscriptions (organization_id, external_id, created_at);
create index subscriptions_by_customer on subscriptions (customer_id, created_at);
create index subscriptions_by_plan on subscriptions (plan_id) where status in ('pending', 'active');
create index subscriptions_due on subscriptions (next_billing_at) where next_billing_at is not null;

create table invoices (
    id                uuid primary key,
    organization_id   uuid        not null references organizations,
    customer_id       uuid        not null references customers,
    sequential_id     int         not null,
    number            text        not null,
    invoice_type      text        not null,
    status            text        not null,
    payment_status    text        not null,
    currency          text        not null,
    issuing_date      date        not null,
    payment_due_date  date        not null,
    net_payment_term  int         not null,
    fees_amount_cents bigint      not null,
    taxes_amount_cents bigint     not null,
    total_amount_cents bigint     not null,
    watermark         jsonb       not null, -- up to which offsets usage was complete: {topic: {partition: offset}}
    created_at        timestamptz not null,
    finalized_at      timestamptz,
    unique (customer_id, sequential_id)
);
create index invoices_by_organization on invoices (organization_id, created_at desc);
create index invoices_by_customer on invoices (customer_id, created_at desc);

-- One billed period of one subscription: the guard against billing it twice.
create table invoice_subscriptions (
    invoice_id       uuid        not null references invoices,
    subscription_id  uuid        not null references subscriptions,
    period_from      timestamptz not null,
    period_to        timestamptz not null, -- exclusive
    fee_from         timestamptz not null, -- start of what the plan's own fee pays
    invoicing_reason text        not null,
    plan_revision    int         not null,
    parked_events    bigint      not null, -- of the period, known to nobody yet when it was billed
    primary key (invoice_id, subscription_id, period_from),
    unique (subscription_id, period_from, invoicing_reason)
);

-- The id is made of subscription, period, charge, filter, group and reason: the same fee twice is the same row.
create table fees (
    id                    uuid primary key,
    organization_id       uuid        not null references organizations,
    invoice_id            uuid        not null references invoices,
    customer_id           uuid        not null references customers,
    subscription_id       uuid        not null references subscriptions,
    fee_type              text        not null check (fee_type in ('charge', 'subscription')),
    invoicing_reason      text        not null,
    charge_id             uuid,
    charge_filter_id      uuid,
    grouped_by            jsonb       not null,
    period_from           timestamptz not null,
    period_to             timestamptz not null,
    item_id               uuid        not null, -- the metric or the subscription
    item_code             text        not null,
    item_name             text        not null,
    invoice_display_name  text,
    filter_display_name   text,
    filter_values         jsonb       not null,
    units                 numeric     not null,
    events_count          bigint      not null,
    unit_amount           numeric     not null, -- in major units, unrounded
    amount_cents          bigint      not null,
    precise_amount_cents  numeric     not null,
    taxes_amount_cents    bigint      not null,
    amount_currency       text        not null,
    amount_details        jsonb       not null,
    created_at            timestamptz not null,
    position              int         not null -- on the invoice
);
create index fees_by_invoice on fees (invoice_id);
create index fees_by_organization on fees (organization_id, created_at desc);

create table webhook_endpoints (
    id              uuid primary key,
    organization_id uuid        not null references organizations,
    webhook_url     text        not null,
    signature_algo  text        not null,
    name            text,
    event_types     jsonb, -- list; null means all
    created_at      timestamptz not null,
    unique (organization_id, webhook_url)
);

create table webhooks (
    id               uuid primary key, -- the receiver's idempotency key
    organization_id  uuid        not null references organizations,
    endpoint_id      uuid        not null references webhook_endpoints on delete cascade,
    webhook_type     text        not null,
    object_type      text        not null,
    object_id        uuid        not null,
    payload          text        not null, -- the very bytes that are signed
    status           text        not null check (status in ('pending', 'retrying', 'succeeded', 'failed')),
    attempts         int         not null,
    next_attempt_at  timestamptz,
    http_status      int,
    created_at       timestamptz not null,
    last_attempted_at timestamptz
);
create index webhooks_due on webhooks (next_attempt_at) where next_attempt_at is not null;

-- What the configuration topics must still hear. One row for every key ever written: a change raises
-- the version in the transaction that makes it, which also makes changes of one key wait for each other;
-- the publisher reads the state as committed and notes the version that it sent.
create table outbox (
    topic             text   not null,
    key               text   not null,
    organization_id   uuid   not null,
    version           bigint not null,
    published_version bigint not null default 0,
    changed_at        timestamptz not null default clock_timestamp(),
    primary key (topic, key)
);
create index outbox_unpublished on outbox (changed_at) where version > published_version;
