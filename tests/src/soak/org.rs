//! The organisations of a soak: many reps, so that no bound on one mailbox holds the
//! load up; each with a contact, a deal and a Slack user; and the bots whose calls end.

use serde_json::{Value, json};
use skillhost_engine::canonical::sha256;

use crate::place::Database;
use crate::rep::CALL;

/// Tenants, so that no figure adds up by there being one.
pub(super) const ORGS: usize = 2;
/// Calls a rep has in all: well below the mails that may leave a mailbox in an hour.
const CALLS_A_REP: usize = 15;
/// Reps at least, so that no mailbox sends more than a few mails a minute.
const MIN_REPS: usize = 60;
/// Whose bot it is in the delivery that is written down.
const BOT: &str = "bot-castlereed-2";

/// Who has calls and gets mail.
#[derive(Clone, Debug)]
pub(super) struct Rep {
    /// Tenant.
    pub(super) org: String,
    /// Id.
    pub(super) id: String,
    /// API key.
    pub(super) key: String,
    /// Slack's id.
    pub(super) slack: String,
    /// Address.
    pub(super) email: String,
}

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct Company {
    /// Distinct for each soak of this process: several share the vendors' secret.
    word: String,
    /// Everybody.
    pub(super) reps: Vec<Rep>,
    calls: usize,
}

impl Company {
    /// One with room for so many calls.
    pub(super) fn new(database: Database, calls: usize) -> Self {
        let word = format!("{}-{}", database.name(), std::process::id());
        let reps = (0..MIN_REPS.max(calls.div_ceil(CALLS_A_REP)))
            .map(|n| Rep {
                org: org(n % ORGS),
                id: format!("rep-{n}"),
                key: format!("shk_{word}_{n}"),
                slack: format!("U{n}"),
                email: format!("rep-{n}@seller.example"),
            })
            .collect();
        Self { word, reps, calls }
    }

    /// The tenants.
    pub(super) fn orgs() -> impl Iterator<Item = String> {
        (0..ORGS).map(org)
    }

    /// Calls there are.
    pub(super) fn calls(&self) -> usize {
        self.calls
    }

    /// Whose call or mail the n-th is.
    pub(super) fn rep(&self, n: usize) -> &Rep {
        &self.reps[n % self.reps.len()]
    }

    /// The bot of the n-th call.
    pub(super) fn bot(&self, n: usize) -> String {
        format!("bot-{}-{n}", self.word)
    }

    /// The id of the n-th mail that comes in.
    pub(super) fn mail(&self, n: usize) -> String {
        format!("mail-{}-{n}", self.word)
    }

    /// The delivery of the n-th call.
    pub(super) fn call(&self, n: usize) -> String {
        CALL.replace(BOT, &self.bot(n))
    }

    /// The document of `skillhost data load`.
    pub(super) fn document(&self) -> Value {
        let orgs: Vec<Value> = Self::orgs()
            .map(|id| {
                json!({ "id": id, "name": "Seller", "domains": ["seller.example"], "settings": {
                    "stages": ["qualified", "evaluation", "proposal", "negotiation", "closed_won", "closed_lost"],
                    // Never reached; that there is one makes every ask count.
                    "budget": { "day_limit_micro_usd": 900_000_000_000_i64 } } })
            })
            .collect();
        let mut tables = json!({ "orgs": orgs });
        for table in ["users", "connections", "api_keys", "companies", "contacts", "deals", "meetings"] {
            tables[table] = json!([]);
        }
        let mut add = |table: &str, row: Value| {
            if let Some(rows) = tables.get_mut(table).and_then(Value::as_array_mut) {
                rows.push(row);
            }
        };
        for rep in &self.reps {
            let Rep { org, id, key, slack, email } = rep;
            add(
                "users",
                json!({ "id": id, "org_id": org, "name": "Priya Nair", "email": email,
                "preferences": { "coaching": "per_meeting", "max_notifications_per_hour": 1000 } }),
            );
            add(
                "connections",
                json!({ "kind": "slack-user", "external_id": format!("T1/{slack}"), "org_id": org,
                "user_id": id, "detail": {} }),
            );
            add(
                "api_keys",
                json!({ "digest": sha256(key.as_bytes()), "org_id": org, "user_id": id,
                "client": "rep", "scopes": ["approvals:answer"] }),
            );
            add(
                "companies",
                json!({ "id": format!("co-{id}"), "org_id": org, "name": "Castlereed Lifts",
                "domain": "castlereed.example" }),
            );
            add(
                "contacts",
                json!({ "id": format!("c-{id}"), "org_id": org, "name": "Helen Marsh",
                "email": format!("helen.{id}@castlereed.example"), "company_id": format!("co-{id}") }),
            );
            add(
                "deals",
                json!({ "id": format!("d-{id}"), "org_id": org, "name": "Castlereed", "stage": "evaluation",
                "company_id": format!("co-{id}"), "contact_ids": [format!("c-{id}")], "owner_id": id,
                "updated_at": "2026-11-12T16:40:00.000Z" }),
            );
        }
        for n in 0..self.calls {
            let Rep { org, id, email, .. } = self.rep(n);
            let bot = self.bot(n);
            add(
                "meetings",
                json!({ "id": format!("m-{bot}"), "org_id": org, "title": title(&bot),
                "started_at": "2026-11-20T10:00:00.000Z", "duration_min": 30, "owner_id": id,
                "attendees": [{ "name": "Priya Nair", "email": email, "side": "rep" },
                    { "name": "Helen Marsh", "email": format!("helen.{id}@castlereed.example"), "side": "prospect" }],
                "contact_ids": [format!("c-{id}")], "deal_id": format!("d-{id}"), "company_id": format!("co-{id}") }),
            );
            add(
                "connections",
                json!({ "kind": "meetingbaas-bot", "external_id": bot, "org_id": org, "user_id": id,
                "detail": { "meeting_id": format!("m-{bot}") } }),
            );
        }
        tables
    }
}

/// The title of a bot's call, which is in the message that ends its job.
pub(super) fn title(bot: &str) -> String {
    format!("Call of {bot} has ended")
}

fn org(n: usize) -> String {
    format!("seller-{n}")
}
