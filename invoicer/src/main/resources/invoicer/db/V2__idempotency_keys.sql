-- How requests with an Idempotency-Key were answered. Rows older than a day count no longer.
create table idempotency_keys (
    organization_id uuid        not null references organizations,
    key             text        not null,
    request         text        not null, -- lower-case hex SHA-256 of method, address and body
    status          int         not null,
    answer          bytea       not null,
    created_at      timestamptz not null,
    primary key (organization_id, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
