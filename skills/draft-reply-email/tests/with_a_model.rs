//! The skill's cases with a model that says what `model.json` has.

#[test]
fn what_a_model_may_say_is_used_only_where_it_holds() {
    model_answer::scripted::run_cases(&draft_reply_email::skill(), concat!(env!("CARGO_MANIFEST_DIR"), "/cases"));
}
