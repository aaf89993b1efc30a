//! What an effect changes of what a job has read: whoever reads on in the same run reads
//! that anew.
//!
//! A new kind of effect gets a row in [`changed_by`]; a test names the kind that has none.

/// Sources whose answer an effect of this kind changes; `None` for a kind that is not
/// known, after which nothing that was read is sure.
pub fn changed_by(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        // One that is mailed is an activity too.
        "calendar.invite" => &["calendar.events", "calendar.busy", "activities", "pipeline"],
        // Whose address it is shows in mails and invitations.
        "crm.create_contact" => &["contact", "inbox", "calendar.events"],
        "crm.log_activity" => &["activities", "pipeline"],
        "crm.set_stage" => &["deal", "pipeline"],
        "crm.suppress" => &["contact"],
        "crm.update_fields" => &["contact", "company", "deal", "pipeline"],
        "email.classify" => &["inbox"],
        // What was sent is in the thread, and answers a mail.
        "email.send" => &["emails", "thread", "inbox", "activities", "pipeline"],
        "flag.add" => &["contact", "company", "deal", "pipeline"],
        "task.create" => &["tasks", "pipeline"],
        // A brief is a message.
        "chat.post" => &["briefed"],
        "coaching.store" => &["coaching"],
        // Nothing that can be read.
        "chat.manager" | "followups.postpone" | "http.request" | "proposal.share" => &[],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{context, effect};

    #[test]
    fn every_kind_says_what_it_changes_and_names_sources_that_there_are() {
        for kind in effect::registry() {
            let changed = changed_by(kind.name);
            assert!(changed.is_some(), "{} is not in the table", kind.name);
            for source in changed.unwrap_or_default() {
                assert!(context::find(source).is_some(), "{}: {source}", kind.name);
            }
        }
        assert_eq!(changed_by("unheard.of"), None);
        assert_eq!(changed_by("crm.set_stage"), Some(&["deal", "pipeline"][..]));
    }
}
