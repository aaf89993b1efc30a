//! Runs a skill natively against `cases/<name>/{input,context,expected}.json`.
//!
//! `input.json` is the call's input. `context.json` says what the doors answer:
//!
//! ```json
//! {"now": 1795186800000, "zone": "Europe/London", "org": "acme", "user": "u-ada",
//!  "sources": {
//!    "user": {"id": "u-ada", "email": "ada@acme.test"},
//!    "transcript": {"by_id": {"tr1": {"id": "tr1", "file": "call.vtt"}}},
//!    "deal": {"error": "not-found"}}}
//! ```
//!
//! A source's value answers every read of it. An object whose only key is
//! `by_id` is looked up by the read's one text parameter (`id`, `contact_id`,
//! …). An object whose only key is `error` refuses with that word. A source that
//! is not named is `not-found`; one that `skill.toml` does not ask for is
//! `denied`. In any answer an object `{"file": "<name>"}` among other keys is
//! given the key `body` with the text of that file of the case's folder, so that
//! a transcript stays readable; its bytes may be in any encoding.
//!
//! `expected.json` is a part of the outcome (or `{"failure": {"code": …}}`):
//! objects match when every key named matches, lists when they are equally long
//! and match item by item, texts and numbers when equal. `{"$any": true}`
//! matches whatever is there, `{"$contains": [..]}` a list that has a match for
//! each, `{"$text": "part"}` a text that contains the part, `{"$absent": true}`
//! a key that is absent, null or empty, `{"$len": n}` a list or text of that length, `{"$about": 0.5}` a number
//! within a thousandth.
//!
//! `UPDATE_CASES=1 cargo test` rewrites the values that `expected.json` names
//! (and the whole of it where it does not exist). Read the diff before you commit it.
//!
//! A case of a skill that may ask a model can say what one answers, in `model.json`:
//! `{"answer": {..}}`, as JSON or as a text; `"cut_off": true` where its room ended;
//! `{"refused": "over-budget"}` for none; `"never_asked": true` where the skill must not
//! even ask. `expected.model.json` is a part of the outcome then; where it is missing, the
//! answer must change nothing. `expected.json` stays what the skill says without a model.
//!
//! The loading and the matching are independent of who runs the skill: the host's
//! tests run the same [`Case`]s through the real sandbox.

mod case;
mod matching;
mod native;
mod script;

pub use case::{Answer, Case, CaseContext, CaseError};
pub use matching::{Mismatch, compare};
pub use native::{NativeSkill, Violation, run_cases};
pub use script::Script;
