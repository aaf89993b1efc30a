//! What a mail is, all things weighed.
//!
//! Headers decide before words. Among words the order is: no more mail; a refusal,
//! unless something is asked after it; a meeting; a proposal; somebody brought in; a
//! plain yes; a question; a friendly word; nothing. What was found beside the class
//! is told in `also`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_language::{Anchor, Gap, deadlines};

use crate::ask::Ask;
use crate::assent::PLAIN;
use crate::away::{Away, absences, away, is_automatic, says_automatic};
use crate::bounce::{Bounce, bounce};
use crate::bulk::{Bulk, bulk};
use crate::class::Class;
use crate::cue::{Cue, surest};
use crate::dispute::is_dispute;
use crate::found::Found;
use crate::handover::forwarded_writer;
use crate::learned::{facts, learned};
use crate::mail::Mail;
use crate::meeting::{MeetingAsk, MeetingKind, calls_off, meeting_ask, only_confirms, proposes_time};
use crate::need::{demands_data, is_nudge};
use crate::pending::far_off;
use crate::people::Person;
use crate::pitch::is_pitch;
use crate::refusal::is_later;
use crate::stop::{is_kept, ordered_stops, subject_alone};
use crate::text::Text;

/// A cue decides from here on.
pub(crate) const DECIDES: f64 = 0.7;
/// A refusal this sure stands, whatever is asked after it.
const FINAL: f64 = 0.95;
/// One less sure than this bargains where a question follows.
const FIRM: f64 = 0.86;
/// What headers say.
const BY_HEADER: f64 = 0.98;
/// What a machine's words say.
const BY_MACHINE: f64 = 0.9;
/// Another class as likely costs this much.
const CONFLICT_COST: f64 = 0.12;
/// Nothing was found.
const NOTHING: f64 = 0.55;
/// Words of absence that a person's whole mail rests on.
const ABSENT: f64 = 0.75;
/// Words that hand over, and do not only say whom to turn to.
const HANDED: f64 = 0.8;
/// A yes this sure is more than interest.
pub(crate) const COMMITS: f64 = 0.83;
/// A worry this plain outweighs interest.
const WORRIES: f64 = 0.76;
/// A yes less sure than this likes it, and no more.
const LIKES: f64 = 0.81;
/// Signs of a refusal that count where nothing else does.
const REGRETS: f64 = 0.6;
/// The same beside thanks.
const RUEFUL: f64 = 0.66;
/// Friendly words where nothing is asked.
const FRIENDLY: f64 = 0.58;

/// A wish for no more mail this plain is carried out at once; a less plain one is for a
/// person to read.
pub const PLAIN_STOP: f64 = 0.8;

/// What decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Headers and sender.
    Headers,
    /// Its words, by rules.
    #[default]
    Words,
    /// Its words, by a model.
    Model,
}

/// Another thing that the mail says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Finding {
    /// What it would be by this alone.
    pub class: Class,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// The exact words.
    pub quote: String,
}

/// A time to come back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Later {
    /// The exact words.
    pub quote: String,
    /// `YYYY-MM-DD`, where the words name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// A mail understood.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Reading {
    /// What it is.
    pub class: Class,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// What decided.
    pub decided_by: Source,
    /// Why, in a sentence.
    pub reason: String,
    /// The words that it rests on, exactly as in the mail's text or subject; empty
    /// where a header alone decided.
    pub quote: String,
    /// What else it says, surest first.
    pub also: Vec<Finding>,
    /// What it asks, in order.
    pub asks: Vec<Ask>,
    /// For a meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting: Option<MeetingAsk>,
    /// For an absence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away: Option<Away>,
    /// For a mail that did not arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounce: Option<Bounce>,
    /// For a refusal that names a time to come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<Later>,
    /// Who is brought in or named instead.
    pub people: Vec<Person>,
}

/// Says what a mail is.
pub fn read(mail: &Mail<'_>, anchor: &Anchor) -> Reading {
    if let Some(report) = bounce(mail) {
        let quote = report.quote.clone();
        let reason = "a server reports that a mail of ours did not arrive";
        return Reading { bounce: Some(report), ..decided(Class::Bounce, BY_HEADER, Source::Headers, reason, quote) };
    }
    let text = Text::of(mail);
    if let Some(reading) = by_machine(&text, mail, anchor) {
        return reading;
    }
    by_words(&text, mail, anchor)
}

fn decided(class: Class, confidence: f64, decided_by: Source, reason: &str, quote: String) -> Reading {
    Reading { class, confidence, decided_by, reason: reason.to_owned(), quote, ..Reading::default() }
}

fn first_words(text: &Text<'_>) -> String {
    text.said.first().map(|said| text.exact(said.place(&(0..said.tokens().len())))).unwrap_or_default()
}

/// Mail that no person wrote to us.
fn by_machine(text: &Text<'_>, mail: &Mail<'_>, anchor: &Anchor) -> Option<Reading> {
    let automatic = is_automatic(mail);
    let absent = absences(text);
    let surest_absence = surest(&absent);
    let quote = |cue: Option<&Cue>| cue.map_or_else(|| first_words(text), |cue| quoted(text, cue));
    if automatic {
        let details = away(text, mail, anchor, true);
        let replied = mail.header("auto-submitted").starts_with("auto-replied") || says_automatic(mail);
        let suppressing = !mail.header("x-auto-response-suppress").is_empty();
        if surest_absence.is_some() || details.left || details.return_date.is_some() && replied {
            let reason =
                if details.left { "an automatic answer: they have left" } else { "an automatic answer: they are away" };
            let reading = decided(Class::OutOfOffice, BY_HEADER, Source::Headers, reason, quote(surest_absence));
            return Some(Reading { away: Some(details), ..reading });
        }
        if says_automatic(mail) || suppressing && replied {
            let reason = "an automatic answer";
            let reading = decided(Class::OutOfOffice, BY_MACHINE, Source::Headers, reason, quote(None));
            return Some(Reading { away: Some(details), ..reading });
        }
    }
    match bulk(mail) {
        Some(Bulk::Declined) => {
            let reason = "a calendar says that they do not come";
            return Some(decided(
                Class::NeedsResponse,
                DECIDES,
                Source::Headers,
                reason,
                mail.subject.trim().to_owned(),
            ));
        }
        Some(Bulk::Accepted) => {
            let reason = "a calendar says that they come";
            return Some(decided(Class::InfoOnly, BY_HEADER, Source::Headers, reason, mail.subject.trim().to_owned()));
        }
        Some(Bulk::List) => {
            return Some(decided(Class::InfoOnly, BY_HEADER, Source::Headers, "a mailing to many", first_words(text)));
        }
        Some(Bulk::Nobody) => {
            let reason = "a sender that reads no answers";
            return Some(decided(Class::InfoOnly, BY_HEADER, Source::Headers, reason, first_words(text)));
        }
        None => {}
    }
    automatic.then(|| {
        let reason = "written by a machine, and not an absence";
        decided(Class::InfoOnly, BY_MACHINE, Source::Headers, reason, first_words(text))
    })
}

fn quoted(text: &Text<'_>, cue: &Cue) -> String {
    text.exact(text.said[cue.said].quote(&cue.words))
}

/// What a person wrote.
fn by_words(text: &Text<'_>, mail: &Mail<'_>, anchor: &Anchor) -> Reading {
    if mail.is_ours() {
        return from_a_colleague(text, mail);
    }
    let found = Found::in_text(text, mail, anchor);
    let stands = settled(text, mail);
    let (chosen, least) = stands.unwrap_or_else(|| choose(&found, text, mail));
    let weighed = match stands {
        Some(_) => None,
        None => learned(text, mail, &facts(text, mail, &found, chosen)),
    };
    // Words by themselves know no "not".
    let weighed = weighed.filter(|weighed| {
        weighed.class != Class::Unsubscribe || found.weight(Class::Unsubscribe) >= DECIDES || !is_kept(text)
    });
    let class = weighed.as_ref().map_or(chosen, |weighed| weighed.class);
    let least = if class == chosen { least } else { DECIDES };
    if let Some(reading) = hidden_stop(class, &found, text) {
        return reading;
    }
    let telling = weighed.as_ref().and_then(|weighed| weighed.said).map(|at| &text.said[at]);
    let whole = telling.map(|said| text.exact(said.place(&(0..said.tokens().len()))));
    let quote = |cue: Option<&Cue>| {
        cue.map_or_else(|| whole.clone().unwrap_or_else(|| first_words(text)), |cue| quoted(text, cue))
    };
    let cue = found.best(class).filter(|cue| cue.weight >= least);
    let mut reading = match (class, cue) {
        (Class::InfoOnly, _) => decided(class, NOTHING, Source::Words, reason(class), first_words(text)),
        (_, Some(cue)) => {
            let rivals = Class::ALL.into_iter().filter(|other| *other != class && *other != Class::NeedsResponse);
            let conflict = rivals.into_iter().any(|other| found.weight(other) > cue.weight);
            let confidence = if conflict { cue.weight - CONFLICT_COST } else { cue.weight };
            decided(class, confidence, Source::Words, reason(class), quoted(text, cue))
        }
        (Class::InternalForward, None) => {
            decided(class, DECIDES, Source::Words, reason(class), quote(found.best(class)))
        }
        // The subject says it, or several small signs do.
        (_, None) if found.subject.is_some_and(|(asked, _)| asked == class) => {
            decided(class, DECIDES, Source::Words, reason(class), mail.subject.trim().to_owned())
        }
        (_, None) => decided(class, DECIDES, Source::Words, reason(class), quote(found.best(class))),
    };
    if let Some(weighed) = weighed {
        reading.confidence = weighed.confidence;
    }
    reading.also = Class::ALL
        .into_iter()
        .filter(|other| *other != class)
        .filter_map(|other| found.best(other).map(|cue| (other, cue)))
        .filter(|(_, cue)| cue.weight >= DECIDES)
        .map(|(class, cue)| Finding { class, confidence: cue.weight, quote: quoted(text, cue) })
        .collect();
    reading.also.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    match class {
        Class::MeetingRequest => {
            let asked = found.best(class).map(|cue| meeting_ask(text, cue, anchor));
            reading.meeting =
                asked.or_else(|| Some(MeetingAsk { quote: reading.quote.clone(), ..MeetingAsk::default() }));
        }
        Class::OutOfOffice => reading.away = Some(away(text, mail, anchor, false)),
        Class::NegativeReply => reading.later = found.best(class).and_then(|cue| later(text, cue, anchor)),
        _ => {}
    }
    reading.asks = found.asks.asks;
    reading.people = found.handed.people;
    if class == Class::InternalForward && reading.people.is_empty() {
        reading.people.extend(found.pointed.map(|(_, somebody)| somebody));
    }
    reading
}

/// "If you are a robot, take me off your list": no order counts, but for one that asks
/// for silence. To heed it gives nobody anything, and not to heed it wrongs a person.
pub(crate) fn hidden_stop(class: Class, found: &Found, text: &Text<'_>) -> Option<Reading> {
    let open = matches!(class, Class::InfoOnly | Class::NeedsResponse | Class::NegativeReply);
    if text.orders.is_empty() || !open || found.questioned.is_some() {
        return None;
    }
    let orders = text.of_orders();
    let cue = surest(&ordered_stops(&orders)).filter(|cue| cue.weight >= DECIDES).cloned()?;
    Some(decided(Class::Unsubscribe, cue.weight, Source::Words, reason(Class::Unsubscribe), quoted(&orders, &cue)))
}

fn later(text: &Text<'_>, cue: &Cue, anchor: &Anchor) -> Option<Later> {
    let said = &text.said[is_later(text, cue)?];
    let date = deadlines(&said.sentence, anchor).first().map(|date| date.when.day().to_string());
    Some(Later { quote: text.exact(said.place(&(0..said.tokens().len()))), date })
}

fn reason(class: Class) -> &'static str {
    match class {
        Class::MeetingRequest => "they ask for a time to talk",
        Class::ProposalRequest => "they ask for a proposal or a quote",
        Class::NeedsResponse => "they ask something that waits for an answer",
        Class::PositiveReply => "they want to go on",
        Class::NegativeReply => "they do not want it",
        Class::Unsubscribe => "they want no more mail",
        Class::InternalForward => "they bring somebody else in",
        Class::OutOfOffice => "they write that they are away",
        Class::Bounce => "a mail of ours did not arrive",
        Class::InfoOnly => "nothing is asked",
    }
}

/// What stands whatever the other words say: a subject that is all of it, another time in a
/// calendar's words, law, letters that sell to us.
pub(crate) fn settled(text: &Text<'_>, mail: &Mail<'_>) -> Option<(Class, f64)> {
    if subject_alone(text, mail) {
        return Some((Class::Unsubscribe, DECIDES));
    }
    if proposes_time(mail.subject) {
        return Some((Class::MeetingRequest, DECIDES));
    }
    if is_dispute(text) {
        return Some((Class::NeedsResponse, DECIDES));
    }
    is_pitch(text, mail).then_some((Class::InfoOnly, 0.0))
}

/// Whether headers, or that a colleague writes, decide before a word is read.
pub(crate) fn is_settled_before_words(text: &Text<'_>, mail: &Mail<'_>, anchor: &Anchor) -> bool {
    bounce(mail).is_some() || by_machine(text, mail, anchor).is_some() || mail.is_ours()
}

/// The order of the module's head, and how sure the class's best words must be to
/// be quoted for it.
pub(crate) fn choose(found: &Found, text: &Text<'_>, mail: &Mail<'_>) -> (Class, f64) {
    let place = |cue: &Cue| (cue.said, cue.words.start);
    let last = |cues: &[Cue], least: f64| cues.iter().filter(|cue| cue.weight >= least).map(place).max();
    let asked = |cues: &[Cue]| last(cues, DECIDES);
    let last_of = |cues: &mut dyn Iterator<Item = &Cue>| cues.filter(|cue| cue.weight >= DECIDES).map(place).max();
    let sure = |class: Class| (class, DECIDES);
    let asks_by_subject = |class: Class| found.subject.is_some_and(|(asked, _)| asked == class);

    let stops = found.weight(Class::Unsubscribe) >= DECIDES;
    if stops && demands_data(text).is_some() {
        return sure(Class::NeedsResponse);
    }
    if stops {
        return sure(Class::Unsubscribe);
    }
    let refused = last(&found.noes, DECIDES);
    let agreed = last(&found.yeses, PLAIN);
    // "No, not this season. Give me a shout in March" asks for no meeting.
    let asks_now = |cue: &&Cue| !calls_off(text, cue) && !far_off(&text.said[cue.said], cue);
    let meets = || found.asks.meeting.iter().filter(|cue| refused.is_none() || asks_now(cue));
    let wants = last_of(&mut meets()).max(asked(&found.asks.proposal));
    // "Am off till the 12th and don't work": the absence is no trouble.
    let away_in = |at: usize| found.absent.iter().any(|cue| cue.said == at && cue.weight >= ABSENT);
    let needs =
        last_of(&mut found.asks.need.iter().filter(|cue| !away_in(cue.said) || text.said[cue.said].sentence.question));
    let handed = surest(&found.handed.cues).is_some_and(|cue| cue.weight >= DECIDES);
    // Who stands in for somebody who is away is nobody new.
    let stands_in = found.weight(Class::OutOfOffice) >= ABSENT
        && (found.weight(Class::InternalForward) < HANDED || found.meanwhile);
    let to_somebody = handed && !found.handed.people.is_empty() && !stands_in;
    let bound = found.weight(Class::NegativeReply) >= FINAL;
    // "That is more than we can spend. What else can you do?" bargains.
    // "We have ended the old contract and still cannot log in. What now?" is trouble.
    let soft = found.weight(Class::NegativeReply) < FIRM || found.trouble && !bound;
    // "Can you redo the figures? And leave the training."
    let document_asked = found.asks.proposal.iter().any(|cue| text.said[cue.said].sentence.question);
    // "Not the right person, write to Jo" is no refusal.
    if let Some(no) = refused
        && (bound || wants.is_none_or(|ask| ask < no))
        && agreed.is_none_or(|yes| yes < no)
        && !(soft && found.questioned.is_some_and(|question| question > no))
        && !(soft && document_asked)
        && !to_somebody
    {
        return sure(Class::NegativeReply);
    }
    let absent = found.weight(Class::OutOfOffice) >= ABSENT;
    if absent && wants.is_none() && agreed.is_none() && (needs.is_none() || found.meanwhile) && !to_somebody {
        return sure(Class::OutOfOffice);
    }
    let passed_on = text.parts.forwarded.is_some() || !text.parts.quoted.is_empty();
    // "See below. Can you help them?" asks us.
    let asks_us =
        found.questioned.is_some_and(|(at, _)| text.said[at].tokens().iter().any(|token| token.word == "you"));
    if mail.is_forward() && passed_on && wants.is_none() && (!asks_us || greets_another(text, mail)) {
        return sure(Class::InternalForward);
    }
    let (meets, proposes) = (asked(&found.asks.meeting).is_some(), asked(&found.asks.proposal).is_some());
    let surer = found.weight(Class::ProposalRequest) > found.weight(Class::MeetingRequest);
    if proposes && (!meets || surer) {
        return sure(Class::ProposalRequest);
    }
    // "Confirming Thursday at 2. One thing beforehand: does it work offline?"
    let stands = found.asks.meeting.iter().filter(|cue| cue.weight >= DECIDES).all(|cue| only_confirms(text, cue));
    if meets && !(stands && found.questioned.is_some()) {
        return sure(Class::MeetingRequest);
    }
    // "This is our go-ahead. Steve will be your contact."
    let ordered = found.weight(Class::PositiveReply) >= FIRM
        && surest(&found.yeses).zip(surest(&found.handed.cues)).is_some_and(|(yes, handed)| place(yes) < place(handed));
    if handed && !ordered {
        return sure(Class::InternalForward);
    }
    // "Our signed forms come back to us. Is the address right?"
    let troubled = found.trouble && found.questioned.is_some() && found.weight(Class::PositiveReply) < FIRM;
    // "Interesting, but how do you compare with …?"
    let curious = found.weight(Class::PositiveReply) < COMMITS
        && agreed.is_some_and(|yes| {
            found.questioned.is_some_and(|question| question.0 >= yes.0)
                || found.weight(Class::PositiveReply) < LIKES
                    && last(&found.asks.need, WORRIES).is_some_and(|need| need > yes)
        });
    // "No need to reply, your engineer was a delight."
    let praise = found.closed && found.weight(Class::PositiveReply) < FIRM;
    if agreed.is_some() && !troubled && !curious && !praise {
        return sure(Class::PositiveReply);
    }
    if found.closed && found.questioned.is_none() {
        return (Class::InfoOnly, 0.0);
    }
    for class in [Class::ProposalRequest, Class::MeetingRequest] {
        if asks_by_subject(class) {
            return sure(class);
        }
    }
    let small = |cue: &Option<Cue>| cue.as_ref().map_or(0.0, |cue| cue.weight);
    let (no, yes) = (small(&found.small_no), small(&found.small_yes));
    if no >= DECIDES && no > yes && needs.is_none() {
        return (Class::NegativeReply, 1.0);
    }
    if needs.is_some() || is_nudge(text) {
        return sure(Class::NeedsResponse);
    }
    if yes >= FRIENDLY && !found.settled {
        return (Class::PositiveReply, FRIENDLY);
    }
    if found.pointed.is_some() {
        return (Class::InternalForward, 1.0);
    }
    if no >= if found.settled { RUEFUL } else { REGRETS } && no > yes {
        return (Class::NegativeReply, 1.0);
    }
    if last(&found.asks.need, 0.6).is_some() {
        return (Class::NeedsResponse, 0.6);
    }
    (Class::InfoOnly, 0.0)
}

/// "Denise, is this any good for you?": somebody else is spoken to.
fn greets_another(text: &Text<'_>, mail: &Mail<'_>) -> bool {
    let tokens = text.said.first().map_or(&[][..], |said| said.tokens());
    tokens.first().is_some_and(|name| name.capital && !mail.is_own_name(&name.word) && name.word != "hi")
        && tokens.get(1).is_some_and(|next| next.gap == Gap::Comma)
}

/// A colleague's letter is answered by nobody here; one that they pass on brings
/// its writer.
fn from_a_colleague(text: &Text<'_>, mail: &Mail<'_>) -> Reading {
    match forwarded_writer(text, mail) {
        Some(writer) => {
            let reason = "a colleague passes a letter on";
            let quote = writer.quote.clone();
            let reading = decided(Class::InternalForward, BY_MACHINE, Source::Words, reason, quote);
            Reading { people: vec![writer], ..reading }
        }
        None if mail.is_forward() && text.parts.forwarded.is_some() => {
            let reason = "a colleague passes a letter on";
            decided(Class::InternalForward, BY_MACHINE, Source::Words, reason, first_words(text))
        }
        None => decided(Class::InfoOnly, BY_MACHINE, Source::Headers, "a colleague writes", first_words(text)),
    }
}

impl Reading {
    /// The same mail as a model reads it: another class on other words, and nothing
    /// that only the rules' class had.
    #[must_use]
    pub fn by_model(self, class: Class, confidence: f64, reason: &str, quote: &str) -> Self {
        let meeting = (class == Class::MeetingRequest)
            .then(|| self.meeting.clone().unwrap_or(MeetingAsk { quote: quote.to_owned(), ..MeetingAsk::default() }));
        Self {
            class,
            confidence,
            decided_by: Source::Model,
            reason: reason.to_owned(),
            quote: quote.to_owned(),
            meeting,
            away: self.away.filter(|_| class == Class::OutOfOffice),
            later: self.later.filter(|_| class == Class::NegativeReply),
            ..self
        }
    }

    /// Whether the mail asks for a time, and does not only call one off.
    pub fn wants_a_time(&self) -> bool {
        self.class == Class::MeetingRequest && self.meeting.as_ref().is_none_or(|ask| ask.kind != MeetingKind::Cancel)
    }
}
