//! The question to the rep.

use free_time::record::{Found, Request, Slot};
use free_time::{Moved, place};
use skillhost_sdk::approval::{self, Choice};
use skillhost_sdk::sources::{Org, User, instant_ms};
use skillhost_sdk::{Call, Failure, Outcome, effect};

use crate::guests::Guests;
use crate::invitation::{self, kind_of_meeting};
use crate::letter::{self, Says};
use crate::{Dropped, Output, may};

/// How long a card with times stays open, milliseconds: what a calendar said half a
/// day ago is worth little.
const OPEN_MS: i64 = 12 * 60 * 60 * 1000;
/// A card is open this long at least; less, and nobody gets to see it.
const MIN_OPEN_MS: i64 = 5 * 60 * 1000;
/// Most warnings on a card.
const MAX_WARNINGS: usize = 8;

/// What a card is made of.
pub(crate) struct Material<'a> {
    pub(crate) call: &'a Call,
    pub(crate) user: &'a User,
    pub(crate) org: &'a Org,
    pub(crate) guests: &'a Guests,
    pub(crate) request: &'a Request,
    pub(crate) found: &'a Found,
    pub(crate) title: Option<&'a str>,
    pub(crate) moved: Option<&'a Moved>,
}

impl Material<'_> {
    fn whom(&self) -> String {
        self.guests.name().map_or_else(|| "them".to_owned(), str::to_owned)
    }

    fn can_invite(&self) -> bool {
        may("calendar.invite") && !self.guests.invited().is_empty()
    }

    /// When a card about these times closes.
    fn expires(&self, slots: &[Slot]) -> i64 {
        let now = self.call.now_ms();
        let first = slots.iter().filter_map(|slot| instant_ms(&slot.starts)).min().unwrap_or(i64::MAX);
        first.min(now.saturating_add(OPEN_MS)).max(now.saturating_add(MIN_OPEN_MS))
    }
}

/// One of several times.
pub(crate) fn choose(
    material: &Material<'_>,
    shown: Vec<Slot>,
    dropped: Vec<Dropped>,
    exhausted: bool,
    mut warnings: Vec<String>,
) -> Result<Outcome<Output>, Failure> {
    let invites = material.can_invite();
    warnings.extend(material.moved.map(invitation::warning).filter(|_| invites).map(str::to_owned));
    let mails = may("email.send");
    let mut question = approval::choose("time", format!("When to meet {}?", material.whom()))
        .summary(summary(material, &shown, invites))
        .expires(material.expires(&shown))
        .offer_manual();
    let mut offered = 0;
    for (at, slot) in shown.iter().enumerate() {
        let released = match invites {
            true => Some(effect::invite(format!("invite-{at}"), &invitation::compose(material, slot))),
            false if mails => letter::compose(material, Says::Proposes(slot))?
                .map(|mail| effect::email(format!("propose-{at}"), &mail)),
            false => None,
        };
        offered += usize::from(released.is_some());
        let mut choice = Choice::new(slot.id.clone(), slot.yours.text.clone()).detail(detail(material, slot));
        if slot.marks.iter().any(|mark| mark == "recommended") {
            choice = choice.recommended();
        }
        if let Some(released) = released {
            choice = choice.effect(released);
        }
        question = question.choice(choice);
    }
    if mails && let Some(mail) = letter::compose(material, Says::Offers(&shown))? {
        offered += 1;
        let label = if shown.len() == 1 { "Send it by mail" } else { "Send these times by mail" };
        let choice = Choice::new("mail", label).detail(format!("to {}", mail.to.join(", ")));
        question = question.choice(choice.effect(effect::email("mail", &mail)));
    }
    if !exhausted {
        question = question.offer_more();
    }
    for warning in warnings.iter().take(MAX_WARNINGS) {
        question = question.field("Look at", warning);
    }
    // Times that lead to nothing are told by the sequence's own card, not asked about.
    let asked = offered > 0;
    let text = match shown.len() {
        1 => "one time to choose".to_owned(),
        many => format!("{many} times to choose from"),
    };
    let output = Output { shown, dropped, asked, invites, exhausted, warnings };
    let outcome = Outcome::new(output).summary(text);
    Ok(if asked { outcome.ask(question) } else { outcome })
}

/// The one time that was confirmed.
pub(crate) fn confirm(
    material: &Material<'_>,
    slot: Slot,
    mut warnings: Vec<String>,
) -> Result<Outcome<Output>, Failure> {
    let invites = material.can_invite();
    warnings.extend(material.moved.map(invitation::warning).filter(|_| invites).map(str::to_owned));
    let mail = match invites {
        false if may("email.send") => letter::compose(material, Says::Confirms(&slot))?,
        _ => None,
    };
    let title = format!("{} confirmed {}", material.whom(), slot.yours.text);
    let mut question = approval::review("invite", title)
        .summary(if invites { "Send the invitation?" } else { "Send a mail that says yes?" })
        .expires(material.expires(std::slice::from_ref(&slot)));
    let mut asked = true;
    if invites {
        let invite = invitation::compose(material, &slot);
        question = question
            .effect(effect::invite("invite", &invite))
            .editable(approval::line("invite", "/title", "Title"))
            .editable(approval::multiline("invite", "/description", "Description"));
        if invite.location.is_some() {
            question = question.editable(approval::line("invite", "/location", "Place"));
        }
    } else if let Some(mail) = mail {
        question = question
            .effect(effect::email("mail", &mail))
            .editable(approval::line("mail", "/subject", "Subject"))
            .editable(approval::multiline("mail", "/body", "Text"))
            .deferrable();
    } else {
        asked = false;
    }
    if let (Some(theirs), Some(zone)) = (&slot.theirs, &material.found.their_zone) {
        question = question.field(format!("In {}", place(zone)), &theirs.text);
    }
    for warning in warnings.iter().take(MAX_WARNINGS) {
        question = question.field("Look at", warning);
    }
    let output = Output { shown: vec![slot], asked, invites, warnings, ..Output::default() };
    let outcome = Outcome::new(output).summary("the time they confirmed is free");
    Ok(if asked { outcome.ask(question) } else { outcome })
}

fn summary(material: &Material<'_>, shown: &[Slot], invites: bool) -> String {
    let what = kind_of_meeting(material).to_lowercase();
    let does = if invites { "A time sends the invitation." } else { "A time sends a mail that proposes it." };
    let others = material.found.total.saturating_sub(shown.len());
    let rest = match others {
        0 => String::new(),
        1 => " One more time is free.".to_owned(),
        many => format!(" {many} more are free."),
    };
    format!("A {what} of {} minutes. {does}{rest}", material.found.duration_min)
}

/// `16:00–16:30 in Berlin; late for them; they asked for it`.
fn detail(material: &Material<'_>, slot: &Slot) -> String {
    let mut parts = Vec::new();
    if let (Some(theirs), Some(zone)) = (&slot.theirs, &material.found.their_zone) {
        let hours = theirs.text.split_once(", ").map_or(theirs.text.as_str(), |(_, hours)| hours);
        let there = if theirs.day == slot.yours.day { hours } else { &theirs.text };
        parts.push(format!("{there} in {}", place(zone)));
    }
    if slot.asked_for {
        parts.push("they asked for it".to_owned());
    }
    let words = slot.marks.iter().filter(|mark| !matches!(mark.as_str(), "recommended"));
    parts.extend(words.map(|mark| mark.replace('_', " ")));
    parts.join("; ")
}
