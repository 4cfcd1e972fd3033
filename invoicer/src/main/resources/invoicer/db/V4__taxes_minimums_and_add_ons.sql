-- Taxes, what is paid at least, and add-ons. A list of tax ids is in the order in which their codes were given; of
-- a tax that was deleted since, the id stays and means nothing.

create table taxes (
    id                      uuid primary key,
    organization_id         uuid        not null references organizations,
    code                    text        not null,
    name                    text        not null,
    description             text,
    rate                    numeric     not null, -- percent
    applied_to_organization boolean     not null, -- on every fee for which nothing nearer names a tax
    created_at              timestamptz not null,
    unique (organization_id, code)
);

alter table plan_revisions
    add column tax_ids            jsonb not null default '[]',
    add column minimum_commitment jsonb; -- {id, amountCents, invoiceDisplayName, taxIds, createdAt}

alter table customers add column tax_ids jsonb not null default '[]';

alter table fees
    drop constraint fees_fee_type_check,
    add constraint fees_fee_type_check check (fee_type in ('charge', 'subscription', 'commitment')),
    add column true_up_parent_fee_id      uuid,                            -- of what is missing to a charge's minimum
    add column taxes_rate                 numeric not null default 0,      -- percent, all taxes together
    add column precise_taxes_amount_cents numeric not null default 0,
    add column applied_taxes              jsonb   not null default '[]';   -- as they were then
create index fees_true_up on fees (true_up_parent_fee_id) where true_up_parent_fee_id is not null;

alter table invoices add column applied_taxes jsonb not null default '[]'; -- as they were then

create table add_ons (
    id                   uuid primary key,
    organization_id      uuid        not null references organizations,
    code                 text        not null,
    name                 text        not null,
    invoice_display_name text,
    description          text,
    amount_cents         bigint      not null,
    amount_currency      text        not null,
    tax_ids              jsonb       not null,
    created_at           timestamptz not null,
    deleted_at           timestamptz
);
create unique index add_ons_code on add_ons (organization_id, code) where deleted_at is null;
