-- Many parts are merged at a time, and no large one with few small ones: a row is written again two or three times where it was up to
-- twelve times, which took half of all that ClickHouse did. Who asks opens some more parts for that: of usage, which is asked for again and
-- again, not as many as of the rest.
ALTER TABLE events_raw MODIFY SETTING merge_selector_base = 40, min_parts_to_merge_at_once = 30;

ALTER TABLE events_enriched MODIFY SETTING merge_selector_base = 40, min_parts_to_merge_at_once = 30;

ALTER TABLE event_identities MODIFY SETTING merge_selector_base = 40, min_parts_to_merge_at_once = 30;

ALTER TABLE event_arrivals MODIFY SETTING merge_selector_base = 40, min_parts_to_merge_at_once = 30;

-- All columns in one file, however large the part: of a subscription all are read, and to open, seek and decode some hundred files takes
-- longer than to read what is in them. Parts that are there change when they are merged.
ALTER TABLE events_enriched_expanded MODIFY SETTING merge_selector_base = 20, min_parts_to_merge_at_once = 15, min_bytes_for_wide_part = 1000000000000000;
