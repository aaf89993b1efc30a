//! What a mail asks for, all of it, in order.
//!
//! Requests are read by `skillhost-language`, as in speech; [`crate::meeting`],
//! [`crate::proposal`] and [`crate::need`] add the ways of mail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_language::{Anchor, Intent, Meaning, Token, deadlines, requests};

use crate::cue::Cue;
use crate::meeting::meetings;
use crate::need::needs;
use crate::proposal::proposals;
use crate::text::Text;

/// Most asks that are told: more is a questionnaire, which a person answers.
const MAX_ASKS: usize = 12;
/// An ask is told from here on.
const TOLD: f64 = 0.7;
/// What a recogniser of speech finds in a mail is not surer than this.
const MOST: f64 = 0.9;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskKind {
    /// A time to meet.
    Meeting,
    /// A document made for them.
    Proposal,
    /// A price.
    Pricing,
    /// A file, a link, a report.
    Content,
    /// Contract papers.
    Contract,
    /// Accounts, credentials.
    Access,
    /// To be brought together with somebody.
    Introduction,
    /// A piece of work.
    Task,
    /// An answer.
    #[default]
    #[serde(other)]
    Answer,
}

/// One thing that is asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Ask {
    /// What for.
    pub kind: AskKind,
    /// The exact words.
    pub quote: String,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// By when: a day, or an instant with offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
}

/// What the rules found in a mail.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) meeting: Vec<Cue>,
    pub(crate) proposal: Vec<Cue>,
    pub(crate) need: Vec<Cue>,
    pub(crate) asks: Vec<Ask>,
}

fn kind_of(meaning: Meaning) -> Option<AskKind> {
    Some(match meaning {
        Meaning::Intent(Intent::ScheduleMeeting) => AskKind::Meeting,
        Meaning::Intent(Intent::SendProposal) => AskKind::Proposal,
        Meaning::Intent(Intent::SendPricing) => AskKind::Pricing,
        Meaning::Intent(Intent::SendContent | Intent::PreparePlan) | Meaning::Handover => AskKind::Content,
        Meaning::Intent(Intent::SendContract) => AskKind::Contract,
        Meaning::Intent(Intent::ProvideAccess) => AskKind::Access,
        Meaning::Intent(Intent::MakeIntroduction) => AskKind::Introduction,
        Meaning::Intent(Intent::CheckInternally | Intent::ProspectFollowup) => AskKind::Answer,
        Meaning::Task => AskKind::Task,
        Meaning::Idle => return None,
    })
}

/// Reads what is asked, in order.
pub(crate) fn find_asks(text: &Text<'_>, anchor: &Anchor) -> Found {
    let mut found = Found { meeting: meetings(text), proposal: proposals(text), need: needs(text), asks: Vec::new() };
    let mut told: Vec<(usize, Ask)> = Vec::new();
    for (at, said) in text.said.iter().enumerate() {
        let next = text.said.get(at + 1).map(|said| &said.sentence);
        for request in requests(&said.sentence, next, anchor) {
            let Some(kind) = kind_of(request.meaning) else { continue };
            let cue = Cue { weight: request.confidence.min(MOST), said: at, words: request.words.clone() };
            // Meetings and documents have rules of their own, which know what is over.
            let of_its_own = |cues: &[Cue]| cues.iter().any(|other| other.said == at);
            let kind = match kind {
                AskKind::Meeting if !of_its_own(&found.meeting) => AskKind::Answer,
                AskKind::Proposal if !of_its_own(&found.proposal) => AskKind::Content,
                kind => kind,
            };
            if !matches!(kind, AskKind::Meeting | AskKind::Proposal) {
                found.need.push(cue.clone());
            }
            told.push((at, ask(text, &cue, kind, request.deadline.map(|deadline| deadline.when.to_text()))));
        }
    }
    for (cues, kind) in
        [(&found.meeting, AskKind::Meeting), (&found.proposal, AskKind::Proposal), (&found.need, AskKind::Answer)]
    {
        for cue in cues.iter().filter(|cue| cue.weight >= TOLD) {
            if told.iter().any(|(at, _)| *at == cue.said) {
                continue;
            }
            let sentence = &text.said[cue.said].sentence;
            let kind =
                if kind == AskKind::Answer && is_about_price(&sentence.tokens) { AskKind::Pricing } else { kind };
            let date = deadlines(sentence, anchor).first().map(|date| date.when.to_text());
            told.push((cue.said, ask(text, cue, kind, date)));
        }
    }
    told.sort_by_key(|(at, _)| *at);
    found.asks = told.into_iter().map(|(_, ask)| ask).take(MAX_ASKS).collect();
    found
}

fn ask(text: &Text<'_>, cue: &Cue, kind: AskKind, deadline: Option<String>) -> Ask {
    let quote = text.exact(text.said[cue.said].quote(&cue.words));
    Ask { kind, quote, confidence: cue.weight, deadline }
}

fn is_about_price(tokens: &[Token]) -> bool {
    let prices = ["price", "prices", "pricing", "cost", "costs", "fee", "fees", "charge"];
    tokens.iter().any(|token| prices.contains(&token.word.as_str()))
}
