-- What a subscription's webhooks will tell when its time has come, and nothing else changes then: the end of its free days,
-- and an end that is near. Told, it is deleted.
create table subscription_notices (
    id              uuid primary key,
    subscription_id uuid        not null references subscriptions,
    customer_id     uuid        not null references customers,
    webhook_type    text        not null,
    due_at          timestamptz not null, -- by the customer's clock
    unique (subscription_id, webhook_type, due_at)
);
create index subscription_notices_due on subscription_notices (due_at);
create index subscription_notices_by_customer on subscription_notices (customer_id, due_at);

-- Those that run and will end; in local days from the next change on.
insert into subscription_notices (id, subscription_id, customer_id, webhook_type, due_at)
select gen_random_uuid(), s.id, s.customer_id, 'subscription.termination_alert', s.ending_at - make_interval(days => days)
from subscriptions s cross join (values (45), (15)) as before (days)
where s.status = 'active' and s.ending_at - make_interval(days => days) > now();
