//! The mails and the card.

use meeting_record::{one_line, shortened};
use rep_manner::{Letter, clean, manner, signed};
use skillhost_sdk::sources::User;
use skillhost_sdk::{Email, Failure, approval, effect};

use crate::answer::Draft;
use crate::wanting::Wanted;
use crate::{Drafted, Output};

/// Longest subject, characters: what mail programs show.
const MAX_SUBJECT: usize = 120;
/// Longest line of the card about a reply, characters.
const MAX_DETAIL: usize = 300;

/// What is reported, and the question; none where there is nothing to ask.
pub(crate) fn card(
    wanted: &[Wanted],
    drafts: Vec<Draft>,
    user: &User,
) -> Result<(Output, Option<approval::Request>), Failure> {
    let mut output = Output::default();
    let mut batch = approval::batch("answers", "Which of these answers should go out?")
        .summary("Each line is one mail, to the person who replied and to nobody else.");
    for (at, (wanted, draft)) in wanted.iter().zip(drafts).enumerate() {
        let (item, mail_id) = (format!("reply-{}", at + 1), format!("mail-{}", at + 1));
        let own = wanted.reply.email_id.as_ref().and_then(|id| wanted.emails.iter().find(|mail| mail.id == *id));
        let answers = own.and_then(|mail| mail.message_id.clone());
        let name = one_line(&wanted.reply.from_name);
        let known = wanted.contact.as_ref().map(|contact| contact.name.clone()).filter(|name| !name.trim().is_empty());
        let name = known.unwrap_or(name);
        let manner = manner(user, &wanted.emails)?;
        let letter = draft.paragraphs.iter().fold(Letter::to(Some(&name), &manner), Letter::say);
        let mail = Email {
            from: user.email.clone(),
            to: vec![wanted.reply.from.trim().to_lowercase()],
            subject: subject(&wanted.reply.subject),
            body: signed(&clean(&letter.text()), user),
            references: answers.clone().into_iter().collect(),
            in_reply_to: answers,
            ..Email::default()
        };
        let who = if name.is_empty() { wanted.reply.from.clone() } else { name };
        let said = wanted.found.quote.as_deref().map(|quote| format!(": “{quote}”")).unwrap_or_default();
        let mut detail = shortened(&format!("{} ({}){said}", wanted.found.reason, wanted.found.priority), MAX_DETAIL);
        for note in &draft.look_at {
            detail.push_str(&format!(". Look at this: {note}"));
        }
        let mut line = approval::Item::new(&item, format!("Answer {}", one_line(&who)))
            .detail(detail)
            .effect(effect::email(&mail_id, &mail))
            .editable(approval::line(&mail_id, "/subject", "Subject"))
            .editable(approval::multiline(&mail_id, "/body", "Text"));
        if !draft.ready {
            line = line.unticked();
        }
        batch = batch.item(line);
        let mut used = draft.used;
        used.extend(own.map(|mail| format!("email:{}", mail.id)));
        used.extend(manner.learned_from.map(|id| format!("email:{id}")));
        used.dedup();
        output.drafts.push(Drafted {
            reply_id: wanted.reply.id.clone(),
            item,
            subject: mail.subject,
            by: draft.by,
            used,
            look_at: draft.look_at,
        });
    }
    let request = (!batch.is_empty()).then(|| batch.into());
    Ok((output, request))
}

/// `Re: …`, one line, once.
fn subject(theirs: &str) -> String {
    let line = one_line(theirs);
    let is_reply = line.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    let text = match (line.is_empty(), is_reply) {
        (true, _) => "Re: your reply".to_owned(),
        (false, true) => line,
        (false, false) => format!("Re: {line}"),
    };
    shortened(&text, MAX_SUBJECT)
}
