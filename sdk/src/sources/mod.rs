//! What the built-in sources answer, as types.
//!
//! Field names are those of the host's data reference. Every field has a
//! default, so that a source which knows less still reads, and a case names only
//! what matters to it. Unknown fields are ignored. To add one: a struct here and
//! a function in [`crate::context`].

mod calendar;
mod campaign;
mod coaching;
mod crm;
mod history;
mod inbox;
mod instant;
mod org;
mod pipeline;
mod research;
mod template;

pub use calendar::{Briefed, Busy, BusyTime, Calendar, CalendarAttendee, CalendarEvent, Span};
pub use campaign::{Campaign, CampaignCounters, CampaignReply, CampaignStep};
pub use coaching::CoachingEntry;
pub use crm::{Company, Contact, Deal, Flag, is_closed_stage};
pub use history::{
    ActivityEntry, Attendee, EmailEntry, Meeting, Note, Side, TaskEntry, Thread, ThreadMessage, TranscriptText,
};
pub use inbox::{Attached, InboxEntry};
pub use instant::{day_ms, instant_ms};
pub use org::{Org, OrgBudget, Product, User};
pub use pipeline::{ClosedDeal, Pipeline, PipelineDeal};
pub use research::{
    AboutCompany, Article, EnrichedCompany, EnrichedPerson, Enrichment, News, Post, PreviousJob, Profile,
    ProfileChange, ProfilePerson, Whom,
};
pub use template::{Template, TemplateSection, TemplateVariable};
