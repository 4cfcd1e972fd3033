-- An organization's settings. Its customers follow zone and payment term where they have none of their own.
alter table organizations
    add column timezone         text,          -- null is UTC
    add column net_payment_term int,           -- days; null is 0
    add column default_currency text not null default 'USD',
    add column details          jsonb not null default '{}'; -- what is only shown: address, e-mail, legal name

-- Copied to each customer by the transaction that sets them: what bills a customer reads the customer alone.
alter table customers
    add column organization_timezone         text,
    add column organization_net_payment_term int;

-- The installation's key pair, which signs webhooks by JWT: one row, made when it is first needed.
create table webhook_signing_key (
    id          int primary key check (id = 1),
    private_key bytea       not null, -- PKCS #8
    public_key  bytea       not null, -- X.509
    created_at  timestamptz not null
);

-- A deleted clock still shows its time to customers that were deleted before it and are not billed to their end.
alter table test_clocks add column deleted_at timestamptz;

-- Lists are newest first, by creation and id, and are counted and skipped within an index.
create index subscriptions_newest on subscriptions (organization_id, created_at desc, id desc) include (status);
create index customers_newest on customers (organization_id, created_at desc, id desc) where deleted_at is null;
create index invoices_newest on invoices (organization_id, created_at desc, id desc);
drop index invoices_by_organization;
create index fees_newest on fees (organization_id, created_at desc, id desc);
drop index fees_by_organization;
create index fees_by_customer on fees (customer_id, created_at desc, id desc);
