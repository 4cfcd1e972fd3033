-- Keys are a resource: several for each organization, named, and each with permissions of its own.
alter table api_keys
    add column name            text,
    add column permissions     jsonb,      -- list such as ["event:write"]; null is everything
    add column last_characters text,       -- of the key, so that its owner can tell it from others; null if not known
    add column last_used_at    timestamptz; -- to the minute
create index api_keys_of_organization on api_keys (organization_id);
