-- What a person answered today is found among all that they were ever asked.

CREATE INDEX pending_actions_settled ON pending_actions (org_id, user_id, resolved_at)
    WHERE resolved_at IS NOT NULL;
