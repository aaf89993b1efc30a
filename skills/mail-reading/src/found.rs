//! What the rules find in a person's words, before anything is weighed.

use skillhost_language::Anchor;

use crate::answer::taken_up;
use crate::ask::find_asks;
use crate::assent::{hanging, is_closed, is_settled, small_yeses, yeses};
use crate::away::{absences, is_meanwhile};
use crate::class::Class;
use crate::cue::{Cue, surest};
use crate::handover::{brought_in, handovers, pointed};
use crate::mail::Mail;
use crate::need::{demands_data, is_trouble, last_question};
use crate::people::Person;
use crate::refusal::{noes, outstanding, small_noes};
use crate::stop::{of_calls, stops};
use crate::text::Text;
use crate::tongue::foreign;
use crate::verdict::{COMMITS, DECIDES};

/// What the rules found in a person's words.
pub(crate) struct Found {
    pub(crate) stops: Vec<Cue>,
    pub(crate) noes: Vec<Cue>,
    pub(crate) yeses: Vec<Cue>,
    pub(crate) small_no: Option<Cue>,
    pub(crate) small_yes: Option<Cue>,
    pub(crate) absent: Vec<Cue>,
    pub(crate) handed: crate::handover::Found,
    pub(crate) asks: crate::ask::Found,
    /// Where the last question stands.
    pub(crate) questioned: Option<(usize, usize)>,
    /// "In urgent cases", "in my absence".
    pub(crate) meanwhile: bool,
    /// Nothing waits: thanks, received, noted.
    pub(crate) settled: bool,
    /// What the subject asks, where it is the writer's own.
    pub(crate) subject: Option<(Class, f64)>,
    /// Something does not work.
    pub(crate) trouble: bool,
    /// Somebody else's address, and whose.
    pub(crate) pointed: Option<(Cue, Person)>,
    /// They say that nothing waits.
    pub(crate) closed: bool,
}

impl Found {
    pub(crate) fn in_text(text: &Text<'_>, mail: &Mail<'_>, anchor: &Anchor) -> Self {
        let mut asks = find_asks(text, anchor);
        let handed = handovers(text, mail);
        // "You want to talk to Steve" is about Steve.
        if !handed.people.is_empty() {
            let about = |at: usize| handed.cues.iter().any(|cue| cue.said == at && cue.weight >= DECIDES);
            asks.meeting.retain(|cue| !about(cue.said));
            // "Let me introduce Amy, who'll need some numbers from you."
            let introduces = |at: usize| text.said[at].tokens().iter().any(|token| token.word.starts_with("introduc"));
            asks.proposal.retain(|cue| !(about(cue.said) && introduces(cue.said)));
        }
        let yeses = yeses(text, mail);
        asks.need.extend(hanging(text));
        asks.need.extend(outstanding(text));
        asks.need.extend(demands_data(text));
        asks.meeting.extend(taken_up(text));
        let mut stops = stops(text);
        // "Please don't call again. I do want this."
        if yeses.iter().any(|cue| cue.weight >= COMMITS) {
            stops.retain(|cue| !of_calls(text, cue));
        }
        let mut found = Self {
            stops,
            noes: noes(text, mail),
            small_no: small_noes(text),
            small_yes: small_yeses(&yeses),
            yeses,
            absent: absences(text),
            handed,
            asks,
            questioned: last_question(text),
            meanwhile: is_meanwhile(text),
            settled: is_settled(text),
            subject: Text::of_subject(mail).and_then(|subject| subject_asks(&subject)),
            trouble: is_trouble(text),
            pointed: pointed(text, mail),
            closed: is_closed(text),
        };
        for (class, cue) in foreign(text) {
            found.add(class, cue, text, mail);
        }
        found
    }

    /// Takes in what another language says.
    fn add(&mut self, class: Class, cue: Cue, text: &Text<'_>, mail: &Mail<'_>) {
        let list = match class {
            Class::Unsubscribe => &mut self.stops,
            Class::NegativeReply => &mut self.noes,
            Class::MeetingRequest => &mut self.asks.meeting,
            Class::ProposalRequest => &mut self.asks.proposal,
            Class::PositiveReply => &mut self.yeses,
            Class::InternalForward => {
                self.handed.people.extend(brought_in(text, &cue, mail));
                &mut self.handed.cues
            }
            Class::NeedsResponse => &mut self.asks.need,
            Class::OutOfOffice => &mut self.absent,
            Class::Bounce | Class::InfoOnly => return,
        };
        list.push(cue);
    }

    /// The surest words for a class.
    pub(crate) fn best(&self, class: Class) -> Option<&Cue> {
        match class {
            Class::Unsubscribe => surest(&self.stops),
            Class::NegativeReply => surest(&self.noes).or(self.small_no.as_ref()),
            Class::MeetingRequest => surest(&self.asks.meeting),
            Class::ProposalRequest => surest(&self.asks.proposal),
            Class::InternalForward => surest(&self.handed.cues).or(self.pointed.as_ref().map(|(cue, _)| cue)),
            Class::OutOfOffice => surest(&self.absent),
            Class::PositiveReply => surest(&self.yeses),
            Class::NeedsResponse => surest(&self.asks.need),
            Class::Bounce | Class::InfoOnly => None,
        }
    }

    pub(crate) fn weight(&self, class: Class) -> f64 {
        self.best(class).map_or(0.0, |cue| cue.weight)
    }
}

/// What a subject asks by itself.
fn subject_asks(subject: &Text<'_>) -> Option<(Class, f64)> {
    let of = |class: Class, cues: &[Cue]| surest(cues).map(|cue| (class, cue.weight));
    of(Class::Unsubscribe, &stops(subject))
        .or_else(|| of(Class::ProposalRequest, &crate::proposal::proposals(subject)))
        .or_else(|| of(Class::MeetingRequest, &crate::meeting::meetings(subject)))
}
