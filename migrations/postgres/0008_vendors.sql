-- What is remembered of each vendor: how much all hosts called of it, and until when it
-- takes nothing (engine::vendor). A row is rewritten at every call, and no index with it.

CREATE TABLE vendor_gates (
    vendor   text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    gate     json NOT NULL
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE ON vendor_gates TO skillhost_app;

-- What may leave but kinds whose vendor has enough under way.
CREATE FUNCTION due_effects_but_v1(now_ms bigint, kinds json, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
DECLARE
    held CONSTANT boolean := EXISTS (SELECT 1 FROM effect_hold);
    passed_over CONSTANT text[] := ARRAY(SELECT json_array_elements_text(kinds));
BEGIN
    -- From a copy that nobody has looked at nothing leaves, whatever host asks.
    IF NOT is_at_home() THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT effect_json(o) FROM outbox o WHERE o.state = 'ready' AND o.not_before <= now_ms
        AND o.kind <> ALL (passed_over)
        AND (NOT held OR EXISTS (SELECT 1 FROM effects_released r WHERE r."key" = o."key"))
    ORDER BY o.not_before, o.n LIMIT most;
END $$;

REVOKE ALL ON FUNCTION due_effects_but_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_effects_but_v1 TO skillhost_app;

-- Where a question was posted is said beside it, while somebody may answer it: what
-- replaces the row may not know of it yet.
CREATE FUNCTION stays_posted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.channel := coalesce(NEW.channel, OLD.channel);
    NEW.message_ts := coalesce(NEW.message_ts, OLD.message_ts);
    RETURN NEW;
END $$;
CREATE TRIGGER stays_posted BEFORE UPDATE OF revision ON pending_actions
    FOR EACH ROW WHEN (OLD.message_ts IS NOT NULL AND NEW.message_ts IS NULL) EXECUTE FUNCTION stays_posted();
