-- A subscription may follow another under its external id, have a plan of its own, and begin with free days.

alter table plans add column parent_id uuid references plans; -- of a subscription's own plan: the one that it overrides
drop index plans_code;
create unique index plans_code on plans (organization_id, code) where deleted_at is null and parent_id is null;

alter table plan_revisions add column trial_period numeric not null default 0; -- days

alter table subscriptions
    add column first_started_at           timestamptz, -- of the customer's first subscription of this external id: free days count from it
    add column previous_subscription_id   uuid references subscriptions, -- the one that it took over from, or will
    add column handed_over                boolean not null default false, -- the next one pays for the day of its end
    add column overridden_at              timestamptz, -- since when its own plan holds; null for since its start
    add column on_termination_credit_note text; -- null for a plan paid in arrears
update subscriptions s set first_started_at =
    (select min(o.started_at) from subscriptions o where o.customer_id = s.customer_id and o.external_id = s.external_id);

-- Beside an active subscription its successor may be pending.
drop index subscriptions_in_force;
create unique index subscriptions_in_force on subscriptions (organization_id, external_id, status) where status in ('pending', 'active');
create index subscriptions_by_previous on subscriptions (previous_subscription_id) where previous_subscription_id is not null;

-- A plan paid in advance has a fee for a period that ends after the usage on the same invoice.
alter table invoice_subscriptions add column fee_to timestamptz; -- exclusive; null where it is period_to
