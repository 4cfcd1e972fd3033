-- What has been changed and by whom, until the broker has it: written by the transaction that makes the change.
create table activities (
    id              uuid primary key, -- the entry's identity in activity_logs
    organization_id uuid        not null,
    entry           text        not null, -- JSON, as activity_logs has it
    logged_at       timestamptz not null
);
create index activities_in_order on activities (logged_at);
