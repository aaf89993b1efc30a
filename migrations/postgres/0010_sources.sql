-- What skills read of the rep's day, and what an org has of people and companies outside.
-- Column names are those of docs/data.md; instants are RFC 3339 text as in org_data.

CREATE TABLE calendars (
    n            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    zone         text COLLATE "C" NOT NULL,
    -- When its events were read last, and what is wrong with them.
    as_of        text COLLATE "C",
    error        text COLLATE "C",
    -- Of which time its events are known; null is all of it.
    covers_from  text COLLATE "C",
    covers_until text COLLATE "C",
    -- What the events were made of, so that the same is not written again.
    digest       text COLLATE "C",
    UNIQUE (org_id, id)
);
CREATE INDEX calendars_of ON calendars (org_id, user_id);

CREATE TABLE calendar_events (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    calendar_id text COLLATE "C" NOT NULL,
    title       text COLLATE "C" NOT NULL,
    starts      text COLLATE "C" NOT NULL,
    ends        text COLLATE "C" NOT NULL,
    all_day     boolean NOT NULL,
    zone        text COLLATE "C",
    status      text COLLATE "C" NOT NULL CHECK (status IN ('confirmed', 'tentative', 'cancelled')),
    shows       text COLLATE "C" NOT NULL CHECK (shows IN ('busy', 'tentative', 'out_of_office', 'free')),
    response    text COLLATE "C" NOT NULL CHECK (response IN ('accepted', 'tentative', 'declined', 'needs_action', 'organizer')),
    organizer   text COLLATE "C",
    attendees   json NOT NULL,
    location    text COLLATE "C",
    url         text COLLATE "C",
    recurring   boolean NOT NULL,
    deal_id     text COLLATE "C",
    updated_at  text COLLATE "C" NOT NULL,
    UNIQUE (org_id, id)
);
-- What is not over yet, and of it what has begun.
CREATE INDEX calendar_events_by_time ON calendar_events (org_id, calendar_id, ends, starts);

ALTER TABLE emails ADD COLUMN from_name text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE emails ADD COLUMN headers json NOT NULL DEFAULT '{}';
ALTER TABLE emails ADD COLUMN unread boolean NOT NULL DEFAULT false;
ALTER TABLE emails ADD COLUMN class text COLLATE "C";
CREATE INDEX emails_by_answered ON emails (org_id, in_reply_to, direction) WHERE in_reply_to IS NOT NULL;

ALTER TABLE deals ADD COLUMN created_at text COLLATE "C";
ALTER TABLE deals ADD COLUMN stage_since text COLLATE "C";
-- What happened with a contact and belongs to no deal, newest at the end.
CREATE INDEX activities_loose ON activities (org_id, contact_id, at) WHERE deal_id IS NULL;
CREATE INDEX deals_by_owner ON deals (org_id, owner_id, stage);
-- Whoever moves a deal need not say since when; and a row that is replaced without these
-- keeps what was known of them.
CREATE FUNCTION deal_since() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_at := coalesce(NEW.created_at, OLD.created_at);
    IF NEW.stage = OLD.stage THEN
        NEW.stage_since := coalesce(NEW.stage_since, OLD.stage_since);
    ELSIF NEW.stage_since IS NULL OR NEW.stage_since IS NOT DISTINCT FROM OLD.stage_since THEN
        NEW.stage_since := NEW.updated_at;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER deals_since BEFORE UPDATE OF stage ON deals FOR EACH ROW EXECUTE FUNCTION deal_since();

CREATE TABLE enrichment (
    n      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL CHECK (source IN ('apollo', 'linkedin')),
    "key"  text COLLATE "C" NOT NULL,
    body   json NOT NULL,
    as_of  text COLLATE "C" NOT NULL,
    UNIQUE (org_id, source, "key")
);

CREATE TABLE news_articles (
    n            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    company      text COLLATE "C" NOT NULL,
    domain       text COLLATE "C",
    title        text COLLATE "C" NOT NULL,
    url          text COLLATE "C",
    source       text COLLATE "C" NOT NULL,
    published_at text COLLATE "C" NOT NULL,
    summary      text COLLATE "C" NOT NULL,
    kind         text COLLATE "C",
    UNIQUE (org_id, id)
);
CREATE INDEX news_by_company ON news_articles (org_id, company, published_at);
CREATE INDEX news_by_domain ON news_articles (org_id, domain, published_at) WHERE domain IS NOT NULL;

CREATE TABLE templates (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('proposal', 'content', 'pricing', 'email')),
    name        text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    tags        json NOT NULL,
    industries  json NOT NULL,
    stages      json NOT NULL,
    min_cents   bigint,
    max_cents   bigint,
    language    text COLLATE "C" NOT NULL,
    version     text COLLATE "C" NOT NULL,
    updated_at  text COLLATE "C" NOT NULL,
    url         text COLLATE "C",
    variables   json NOT NULL,
    sections    json NOT NULL,
    body        text COLLATE "C",
    UNIQUE (org_id, id)
);
CREATE INDEX templates_by_kind ON templates (org_id, kind, name);

CREATE TABLE campaigns (
    n          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    status     text COLLATE "C" NOT NULL CHECK (status IN ('active', 'paused', 'finished')),
    channel    text COLLATE "C" NOT NULL CHECK (channel IN ('email')),
    started_at text COLLATE "C" NOT NULL,
    owner_id   text COLLATE "C",
    UNIQUE (org_id, id)
);
CREATE INDEX campaigns_by_time ON campaigns (org_id, started_at);

CREATE TABLE campaign_steps (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    variant     text COLLATE "C",
    position    bigint NOT NULL,
    UNIQUE (org_id, campaign_id, id)
);

-- What happened of a step on a day.
CREATE TABLE campaign_days (
    n            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       text COLLATE "C" NOT NULL,
    campaign_id  text COLLATE "C" NOT NULL,
    step_id      text COLLATE "C" NOT NULL,
    day          text COLLATE "C" NOT NULL,
    sent         bigint NOT NULL,
    delivered    bigint NOT NULL,
    opened       bigint NOT NULL,
    clicked      bigint NOT NULL,
    replied      bigint NOT NULL,
    positive     bigint NOT NULL,
    bounced      bigint NOT NULL,
    unsubscribed bigint NOT NULL,
    UNIQUE (org_id, campaign_id, step_id, day)
);
CREATE INDEX campaign_days_by_day ON campaign_days (org_id, campaign_id, day);

CREATE TABLE campaign_replies (
    n           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    step_id     text COLLATE "C",
    email_id    text COLLATE "C",
    contact_id  text COLLATE "C",
    "from"      text COLLATE "C" NOT NULL,
    from_name   text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    text        text COLLATE "C" NOT NULL,
    at          text COLLATE "C" NOT NULL,
    headers     json NOT NULL,
    UNIQUE (org_id, id)
);
CREATE INDEX campaign_replies_by_time ON campaign_replies (org_id, campaign_id, at);

-- Who sees them, as all tables of an org: by a policy that says nothing of where to look.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['calendars', 'calendar_events', 'enrichment', 'news_articles', 'templates', 'campaigns',
        'campaign_steps', 'campaign_days', 'campaign_replies']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY org ON %I TO skillhost_app
            USING (org_id || '''' = ANY (ARRAY(SELECT unnest(nullif(current_setting(''app.orgs'', true), '''')::text[]))))', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO skillhost_app', name);
    END LOOP;
END $$;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA skillhost TO skillhost_app;

-- Connections of a kind, of every org, in the order in which they were made.
CREATE FUNCTION connections_of_kind_v1(wanted text, after_n bigint, most bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = skillhost, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT json_build_array(c.n, connection_json(c)::json)::text FROM connections c
    WHERE c.kind = wanted AND c.n > after_n ORDER BY c.n LIMIT most;
END $$;
CREATE INDEX connections_by_kind ON connections (kind, n);

-- The same as before, and what came with these tables.
CREATE FUNCTION erase_person_v2(org text, who text, person text, about text, now_ms bigint, mail text,
    hashed text, by text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    address CONSTANT text := nullif(mail, '');
    called text;
    answer text;
BEGIN
    called := (SELECT lower(c.name) FROM contacts c WHERE who = 'contact' AND c.org_id = org AND c.id = person);
    answer := erase_person_v1(org, who, person, about, now_ms, mail, hashed, by);
    UPDATE emails m SET from_name = '', headers = '{}' WHERE m.org_id = org AND m."from" = '';
    UPDATE calendar_events v SET title = 'erased', organizer = NULL, attendees = '[]', location = NULL, url = NULL
    WHERE v.org_id = org AND (lower(v.organizer) = address
        OR EXISTS (SELECT 1 FROM json_array_elements(v.attendees) a WHERE lower(a ->> 'email') = address)
        OR who = 'user' AND v.calendar_id IN (SELECT c.id FROM calendars c WHERE c.org_id = org AND c.user_id = person));
    UPDATE campaign_replies r SET "from" = '', from_name = '', subject = '', text = '', headers = '{}'
    WHERE r.org_id = org AND (who = 'contact' AND r.contact_id = person OR lower(r."from") = address);
    DELETE FROM enrichment e WHERE e.org_id = org AND (e."key" = 'email:' || address
        OR strpos(lower(e.body::text), '"' || address || '"') > 0 OR lower(e.body #>> '{person,name}') = called OR lower(e.body #>> '{profile,name}') = called
        OR starts_with(e."key", 'name:' || called || '@'));
    IF who = 'user' THEN
        UPDATE calendars c SET name = 'erased', error = NULL WHERE c.org_id = org AND c.user_id = person;
        DELETE FROM connections c WHERE c.org_id = org AND c.user_id = person AND c.kind = 'calendar';
    END IF;
    RETURN answer;
END $$;

REVOKE ALL ON FUNCTION connections_of_kind_v1, erase_person_v2, deal_since FROM PUBLIC;
GRANT EXECUTE ON FUNCTION connections_of_kind_v1, erase_person_v2 TO skillhost_app;
