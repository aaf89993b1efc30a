//! Composes and checks a mail, and asks the rep to send it.
//!
//! What a mail keeps to, and every check, is in `outgoing-mail`.

use meeting_record::{greeting_names, shortened};
use outgoing_mail::{body, headers, recipients, thread};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Email, Failure, Outcome, approval, context, effect, skill};

/// Most recipients that are offered for change one by one; a longer list is a
/// new draft.
const MAX_EDITABLE_RECIPIENTS: usize = 4;
/// Most remarks of a kind on the card, and the longest, characters.
const MAX_REMARKS: usize = 5;
const MAX_REMARK: usize = 200;

/// A mail without a signature.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Draft {
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Addresses.
    pub to: Vec<String>,
    /// Addresses.
    pub cc: Vec<String>,
    /// The conversation that it answers; without one it is found by the subject.
    pub thread_id: Option<String>,
    /// What the draft leaves open; said on the card.
    pub open: Vec<String>,
    /// What else the rep should know; said on the card.
    pub hints: Vec<String>,
    /// Files of the job that go along.
    pub attachments: Vec<Attached>,
}

/// A file that goes along; the host looks it up and shows it on the card.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Attached {
    /// `artifact:<step>/<name>`, `artifact:<name>` or a digest.
    pub artifact: String,
    /// What the recipient sees it called.
    pub name: String,
}

/// The draft and whom it is about.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Null when nothing could be drafted.
    pub draft: Option<Draft>,
    /// The main contact.
    pub contact_id: Option<String>,
}

/// What is asked for, without the text.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// The rep.
    pub from: String,
    /// Recipients.
    pub to: Vec<String>,
    /// Copies.
    pub cc: Vec<String>,
    /// Subject.
    pub subject: String,
    /// The conversation it continues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// Recipients of the draft that were left out, with the reason.
    pub left_out: Vec<recipients::LeftOut>,
    /// What the rep should look at.
    pub warnings: Vec<String>,
}

/// Composes the mail and asks for it to be sent.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let draft = input.draft.ok_or_else(|| Failure::invalid("no-draft", "there is no draft to send"))?;
    let org = context::org()?.value;
    let user = context::user()?.value;
    if !recipients::is_address(&user.email) {
        return Err(Failure::invalid("no-sender", "the rep has no valid address to send from"));
    }

    let known = recipients::check(&draft.to, &draft.cc)?;
    recipients::refuse_internal_only(&known, &org.domains)?;
    let subject = headers::subject(&draft.subject)?;
    let text = body::compose(&draft.body, &user, !draft.attachments.is_empty())?;
    let thread = match &draft.thread_id {
        Some(id) => thread::answered(id)?,
        None => thread::continued(&subject.text, input.contact_id.as_deref().or(known.contact_id.as_deref()))?,
    };

    let mut warnings = subject.warnings;
    warnings.extend(known.left_out.iter().map(|left| format!("{} was left out: {}", left.address, left.reason)));
    warnings.extend(body::greets(&text.text, &known.left_names));
    warnings.extend(text.warnings);

    let mail = Email {
        from: user.email.clone(),
        to: known.to.clone(),
        cc: known.cc.clone(),
        bcc: Vec::new(),
        subject: subject.text.clone(),
        body: text.text,
        in_reply_to: thread.as_ref().map(|thread| thread.in_reply_to.clone()),
        references: thread.as_ref().map(|thread| thread.references.clone()).unwrap_or_default(),
        attachments: draft
            .attachments
            .into_iter()
            .map(|file| effect::Attachment { artifact: file.artifact, name: file.name })
            .collect(),
    };
    let names = greeting_names(known.names.iter().map(String::as_str));
    let to_whom = names.filter(|names| names != "all").unwrap_or_else(|| known.to.join(", "));
    let mut request = approval::review("send", format!("Send this mail to {to_whom}?"))
        .summary(match warnings.len() {
            0 => "Checked: recipients, thread and signature.".to_owned(),
            1 => "One thing to look at before it goes out.".to_owned(),
            n => format!("{n} things to look at before it goes out."),
        })
        .effect(effect::email("email", &mail))
        .editable(approval::line("email", "/subject", "Subject"))
        .editable(approval::multiline("email", "/body", "Text"))
        .deferrable();
    if known.to.len() <= MAX_EDITABLE_RECIPIENTS {
        for (at, _) in known.to.iter().enumerate() {
            request = request.editable(approval::line("email", &format!("/to/{at}"), &format!("Recipient {}", at + 1)));
        }
    }
    if thread.is_some() {
        request = request.field("Conversation", "continues the one with this contact");
    }
    for warning in &warnings {
        request = request.field("Look at", warning);
    }
    for (label, words) in [("Left open", &draft.open), ("Note", &draft.hints)] {
        for words in words.iter().take(MAX_REMARKS) {
            request = request.field(label, shortened(words, MAX_REMARK));
        }
    }

    let people = mail.to.len() + mail.cc.len();
    Ok(Outcome::new(Output {
        from: mail.from,
        to: mail.to,
        cc: mail.cc,
        subject: mail.subject,
        thread_id: thread.map(|thread| thread.id),
        left_out: known.left_out,
        warnings,
    })
    .summary(format!("a mail to {people} {} waits for approval", if people == 1 { "person" } else { "people" }))
    .ask(request))
}

skillhost_sdk::cases!();
