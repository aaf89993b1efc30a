//! Drafts a nudge, if one is due.
//!
//! [`due`] says whether the date has come, [`response`] whether they came back,
//! [`debts`] what we owe them, [`mail`] writes. To count one more kind of answer,
//! add it to `response::find`.

mod debts;
mod due;
mod mail;
mod response;

use deal_record::Trigger;
use deal_source::{Dealing, Talk};
use rep_manner::Running;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skillhost_sdk::sources::instant_ms;
use skillhost_sdk::{Call, Failure, FollowUp, Outcome, skill};

/// The promise.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The event's payload.
    pub about: Trigger,
    /// When the event was taken, where the promise itself has no time. RFC 3339.
    pub received_at: Option<String>,
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The date has not come.
    TooEarly,
    /// They came back.
    Answered,
    /// They did not, and there is a draft.
    Drafted,
    /// They did not, and there is nothing to name.
    NothingToName,
}

/// How it stands, and the draft.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// How it stands.
    pub state: State,
    /// The same in words.
    pub reason: String,
    /// The end of their date, RFC 3339; null where they named none.
    pub due: Option<String>,
    /// What came back.
    pub answered_by: Option<response::Response>,
    /// Mails of machines that came instead.
    pub automatic: Vec<response::Response>,
    /// What we owe them.
    pub we_owe: Vec<debts::Debt>,
    /// The mail, without a signature.
    pub draft: Option<mail::Draft>,
    /// Whom it is to.
    pub contact_id: Option<String>,
}

/// Looks, and drafts.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let dealing = Dealing::load(&input.about)?;
    let Some(contact) = &dealing.contact else {
        return Err(Failure::invalid("nobody", "the event names nobody who could be reminded"));
    };
    let mut output = Output {
        state: State::NothingToName,
        reason: String::new(),
        due: None,
        answered_by: None,
        automatic: Vec::new(),
        we_owe: Vec::new(),
        draft: None,
        contact_id: Some(contact.value.id.clone()),
    };
    let due = due::of(input.about.deadline.as_deref(), call);
    output.due = due.as_ref().map(|due| due.text.clone());
    if let Some(due) = due.filter(|due| due.at_ms > call.now_ms()) {
        output.state = State::TooEarly;
        output.reason = format!("they have until {}", due.text);
        let again = FollowUp::new("again", "followup_reminder", payload(&input.about)).not_before(due.at_ms);
        let summary = output.reason.clone();
        return Ok(Outcome::new(output).summary(summary).follow_up(again));
    }

    let talk = Talk::load(call, &input.about)?;
    let since = since(&talk, &input);
    let found = response::find(&dealing, contact, &input.about, since, call.now_ms())?;
    output.automatic = found.automatic;
    if let Some(response) = found.response {
        output.state = State::Answered;
        output.reason = format!("they came back on {}: {}", response.day(), response.what);
        let (read_id, quote) = (found.read_id, response.quote.clone());
        output.answered_by = Some(response);
        let summary = output.reason.clone();
        let outcome = Outcome::new(output).summary(summary);
        return Ok(match (read_id, quote) {
            (Some(read_id), Some(quote)) => outcome.evidence(read_id, quote, "/answered_by/quote"),
            _ => outcome,
        });
    }

    output.we_owe = debts::of(&dealing, &contact.value.id, call)?;
    // A machine's mail begins no conversation.
    let emails: Vec<_> =
        found.emails.into_iter().filter(|mail| !output.automatic.iter().any(|machine| machine.id == mail.id)).collect();
    let manner = rep_manner::manner(&dealing.user, &emails)?;
    let deal_id = dealing.deal.as_ref().map(|deal| deal.value.id.as_str());
    let running = Running::of(&emails, deal_id, call.now_ms());
    let words = talk.asking(&input.about);
    let material = mail::Material {
        dealing: &dealing,
        manner: &manner,
        running: running.as_ref(),
        words: &words,
        said: since,
        deadline: input.about.deadline.as_deref(),
        call,
    };
    let Some((draft, told)) = mail::write(&material) else {
        output.reason = "they did not come back, and nothing says what they wanted to come back with".to_owned();
        let summary = output.reason.clone();
        return Ok(Outcome::new(output).summary(summary));
    };
    output.state = State::Drafted;
    output.reason = "they did not come back".to_owned();
    output.draft = Some(draft);
    let outcome = Outcome::new(output).summary("they did not come back; drafted a reminder that names what they said");
    Ok(match told {
        Some(words) => words.supporting(outcome, "/draft/body"),
        None => outcome,
    })
}

/// When they said it: the meeting, the mail, else the event.
fn since(talk: &Talk, input: &Input) -> Option<i64> {
    let meeting = talk.meeting.as_ref().and_then(|loaded| loaded.meeting.as_ref());
    let meeting = meeting.and_then(|meeting| {
        // Until its end they were still talking to us.
        let minutes = meeting.duration_min.filter(|minutes| (0..=24 * 60).contains(minutes)).unwrap_or(0);
        Some(instant_ms(&meeting.started_at)? + minutes * 60_000)
    });
    let mail = talk.mail.as_ref().and_then(|mail| instant_ms(&mail.value.at));
    meeting.or(mail).or_else(|| instant_ms(input.received_at.as_deref()?))
}

/// The event once more, as it came.
fn payload(about: &Trigger) -> Value {
    let mut payload = json!(about);
    if let Some(fields) = payload.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    payload
}

skillhost_sdk::cases!();
