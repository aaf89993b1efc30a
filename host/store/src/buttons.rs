//! What became of the buttons of messages.

use skillhost_engine::button::ButtonAction;
use skillhost_engine::ids::{EffectKey, OrgId, UserId};
use skillhost_engine::report::{ButtonCounts, ButtonFacts, Span};
use skillhost_engine::store::StoreError;

use crate::ask::{self, Ask, Params};
use crate::marks::within;

/// Buttons that were delivered, with what was done with them; whose they are is their job's
/// to say.
const DELIVERED: &str = "button_marks d JOIN sequence_jobs j ON j.id = d.job_id
    LEFT JOIN button_marks v ON v.org_id = d.org_id AND v.message = d.message AND v.place = d.place AND v.mark = 'viewed'
    LEFT JOIN button_marks c ON c.org_id = d.org_id AND c.message = d.message AND c.place = d.place AND c.mark = 'clicked'
    WHERE d.org_id = $1 AND d.mark = 'delivered' AND ($2 = '' OR j.user_id = $2) AND d.at >= $3 AND d.at < $4";

pub(crate) async fn facts<D: Ask>(
    db: &D,
    org: &OrgId,
    user: Option<&UserId>,
    span: Span,
) -> Result<ButtonFacts, StoreError> {
    let among = |is_wanted: fn(ButtonAction) -> bool| {
        let words = ButtonAction::ALL.into_iter().filter(|action| is_wanted(*action));
        words.map(|action| format!("'{}'", action.as_str())).collect::<Vec<_>>().join(", ")
    };
    let (dismissing, irrelevant) = (among(ButtonAction::dismisses), among(ButtonAction::is_irrelevant));
    let pressed = |words: &str| format!("CASE WHEN d.action IN ({words}) THEN c.message END");
    let (dismissed, unwanted) = (pressed(&dismissing), pressed(&irrelevant));
    // Whoever pressed it saw it.
    let seen = "coalesce(v.message, c.message)";
    let by_action = format!(
        "SELECT json_object('action', d.action, 'delivered', count(*), 'viewed', count({seen}),
            'clicked', count(c.message), 'dismissed', count({dismissed}), 'irrelevant', count({unwanted}))
         FROM {DELIVERED} GROUP BY d.action ORDER BY d.action"
    );
    let messages = format!(
        "SELECT json_object('delivered', count(DISTINCT d.message), 'viewed', count(DISTINCT {seen}),
            'clicked', count(DISTINCT c.message), 'dismissed', count(DISTINCT {dismissed}),
            'irrelevant', count(DISTINCT {unwanted}))
         FROM {DELIVERED}"
    );
    // A message's own event, and whether what was pressed on it makes use of it.
    let answered = format!(
        "SELECT json_object('event_type', x.event_type, 'made_by', {}, 'irrelevant', {},
            'used', {}, 'messages', x.messages)
         FROM (SELECT y.event_type, y.made_by, y.irrelevant, y.used, count(*) AS messages
            FROM (SELECT j.event_type, c.message, max(c.made_by) AS made_by,
                max(CASE WHEN d.action IN ({irrelevant}) THEN 1 ELSE 0 END) AS irrelevant,
                max(CASE WHEN d.action IN ({dismissing}) THEN 0 ELSE 1 END) AS used
                FROM {DELIVERED} AND c.message IS NOT NULL GROUP BY j.event_type, c.message) y
            GROUP BY y.event_type, y.made_by, y.irrelevant, y.used) x
         ORDER BY x.event_type, x.made_by, x.irrelevant, x.used",
        D::DIALECT.parsed("x.made_by"),
        D::DIALECT.truth("x.irrelevant = 1"),
        D::DIALECT.truth("x.used = 1")
    );
    let what = "of the buttons";
    let messages: Vec<ButtonCounts> = ask::all(db, Some(org), what, messages, within(org, user, span)).await?;
    Ok(ButtonFacts {
        messages: messages.into_iter().next().unwrap_or_default(),
        by_action: ask::all(db, Some(org), what, by_action, within(org, user, span)).await?,
        answered: ask::all(db, Some(org), what, answered, within(org, user, span)).await?,
    })
}

pub(crate) async fn pressed<D: Ask>(db: &D, org: &OrgId, message: &EffectKey) -> Result<Vec<u32>, StoreError> {
    let sql = "SELECT json_array(b.place) FROM button_marks b
        WHERE b.org_id = $1 AND b.message = $2 AND b.mark = 'clicked' ORDER BY b.place";
    let params = Params::new().text(org.as_str()).text(message.as_str());
    let places: Vec<[u32; 1]> = ask::all(db, Some(org), "of the buttons", sql.to_owned(), params).await?;
    Ok(places.into_iter().map(|[place]| place).collect())
}
