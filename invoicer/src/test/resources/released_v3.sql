-- A database as the release with schema V3 left it: one organization, whose customer was billed for March and is due
-- for April. Every table has a row.
insert into organizations values ('00000000-0000-4000-8000-000000000001', 'Seller', 'secret', '2026-01-01Z');
insert into api_keys values
    ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', encode(sha256('key-of-v3'), 'hex'), null, '2026-01-01Z', 'first', null, 'f v3', '2026-03-01Z');
insert into test_clocks values ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001', 'spring', '2026-04-10Z', '2026-01-01Z');
insert into billable_metrics values
    ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-000000000001', 'calls', 'Calls', null, '2026-01-01Z', null);
insert into billable_metric_revisions values
    ('00000000-0000-4000-8000-000000000005', '00000000-0000-4000-8000-000000000004', 1, null, null, 'count_agg', null, null, false, null, null, null, '[{"key": "region", "values": ["eu", "us"]}]');
insert into plans values ('00000000-0000-4000-8000-000000000006', '00000000-0000-4000-8000-000000000001', 'pro', 'Pro', null, null, '2026-01-01Z', null);
insert into charges values
    ('00000000-0000-4000-8000-000000000007', '00000000-0000-4000-8000-000000000006', 'calls', '00000000-0000-4000-8000-000000000004', '2026-01-01Z');
insert into charge_filters values ('00000000-0000-4000-8000-000000000008', '00000000-0000-4000-8000-000000000007', 'hash', '2026-01-01Z');
insert into plan_revisions values
    ('00000000-0000-4000-8000-000000000009', '00000000-0000-4000-8000-000000000006', 1, null, null, 'monthly', 3000, 'EUR', false, false, '[
      {"id": "00000000-0000-4000-8000-000000000007", "code": "calls", "billableMetricId": "00000000-0000-4000-8000-000000000004", "billableMetricCode": "calls",
       "chargeModel": "standard", "invoiceDisplayName": null, "payInAdvance": false, "prorated": false, "invoiceable": true, "acceptsTargetWallet": false,
       "properties": {"amount": "1"}, "createdAt": "2026-01-01T00:00:00Z", "filters": [
         {"id": "00000000-0000-4000-8000-000000000008", "createdAt": "2026-01-01T00:00:00Z", "values": {"region": ["eu"]}, "properties": {"amount": "2"}, "invoiceDisplayName": null}]}]');
insert into customers values
    ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-000000000001', 'acme', 1, 1, 'Acme', 'a@acme.test', 'EUR', 'Europe/Paris', 14,
     '00000000-0000-4000-8000-000000000003', '{"city": "Paris", "country": "FR"}', '2026-01-01Z', '2026-01-01Z', null),
    ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-000000000001', 'bare', 2, 0, null, null, null, null, null, null, '{}', '2026-01-02Z', '2026-01-02Z', null);
insert into subscriptions values
    ('00000000-0000-4000-8000-00000000000c', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-000000000006',
     'acme_api', 'API', 'active', 'calendar', '2026-02-28T23:00Z', '2026-02-28T23:00Z', null, null, null, 'generate', '2026-03-31T22:00Z', '2026-04-30T22:00Z', '2026-03-01Z');
insert into invoices values
    ('00000000-0000-4000-8000-00000000000d', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 1, 'MIL-0001-001-001', 'subscription',
     'finalized', 'pending', 'EUR', '2026-04-01', '2026-04-15', 14, 3100, 0, 3100, '{"events_raw": {"0": 7}}', '2026-04-01Z', '2026-04-01Z');
insert into invoice_subscriptions values
    ('00000000-0000-4000-8000-00000000000d', '00000000-0000-4000-8000-00000000000c', '2026-02-28T23:00Z', '2026-03-31T22:00Z', '2026-02-28T23:00Z', 'subscription_periodic', 1, 0);
insert into fees values
    ('00000000-0000-4000-8000-00000000000e', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000d', '00000000-0000-4000-8000-00000000000a',
     '00000000-0000-4000-8000-00000000000c', 'subscription', 'subscription_periodic', null, null, '{}', '2026-02-28T23:00Z', '2026-03-31T22:00Z',
     '00000000-0000-4000-8000-00000000000c', 'pro', 'Pro', null, null, '{}', 1, 0, 30, 3000, 3000, 0, 'EUR', '{}', '2026-04-01Z', 0),
    ('00000000-0000-4000-8000-00000000000f', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000d', '00000000-0000-4000-8000-00000000000a',
     '00000000-0000-4000-8000-00000000000c', 'charge', 'subscription_periodic', '00000000-0000-4000-8000-000000000007', null, '{}', '2026-02-28T23:00Z', '2026-03-31T22:00Z',
     '00000000-0000-4000-8000-000000000004', 'calls', 'Calls', null, null, '{}', 1, 1, 1, 100, 100, 0, 'EUR', '{}', '2026-04-01Z', 1);
insert into webhook_endpoints values
    ('00000000-0000-4000-8000-000000000010', '00000000-0000-4000-8000-000000000001', 'http://localhost:1/hook', 'hmac', null, '["invoice.created"]', '2026-01-01Z');
insert into webhooks values
    ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000010', 'invoice.created', 'invoice',
     '00000000-0000-4000-8000-00000000000d', '{}', 'failed', 14, null, 500, '2026-04-01Z', '2026-04-04Z');
insert into outbox values
    ('config_subscriptions', '00000000-0000-4000-8000-000000000001/acme_api', '00000000-0000-4000-8000-000000000001', 3, 2, '2026-03-01Z');
insert into idempotency_keys values ('00000000-0000-4000-8000-000000000001', 'once', 'hash', 200, '{}', '2026-04-01Z');
