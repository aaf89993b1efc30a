//! What becomes of a mail, class by class: what is filed, who is asked, what leaves, and
//! what follows. Whoever wants no more mail gets none.

use serde_json::{Value, json};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_server::demo_data::ORG;
use skillhost_tests::setting::at;
use skillhost_tests::{slack_model, slack_rep};

use skillhost_tests::setting::answer::How;
use skillhost_tests::setting::turn::{course, kinds, open, state};
use skillhost_tests::setting::{Setting, demo};

/// A Friday afternoon: the schedules and meetings of the day are behind.
const NOW: &str = "2026-11-20T15:00:00Z";
const HELEN: &str = "Helen Marsh <helen.marsh@castlereed.example>";
const DANIEL: &str = "Daniel Ostrowski <daniel.ostrowski@castlereed.example>";
const INES: &str = "Ines Calloway <ines.calloway@pellanby.example>";
const YUSUF: &str = "Yusuf Brandt <yusuf.brandt@northmoor.example>";
const AMARA: &str = "Amara Quist <amara.quist@harrowgate.example>";
const OLIVE: &str = "Olive Tranter <olive@tranter.example>";
/// What Yusuf answers.
const DEPOTS: &str = "In-Reply-To: <20261117.1100.depots@quillmere.example>\r\n";

/// The organisation, with somebody of whom no deal is known.
async fn start() -> Setting {
    let mut document = demo(&json!({}));
    let olive = json!({ "org_id": ORG, "id": "c-olive", "name": "Olive Tranter", "email": "olive@tranter.example" });
    document["contacts"].as_array_mut().unwrap().push(olive);
    Setting::start(NOW, &document).await
}

async fn flags(setting: &Setting, source: &str, params: Value) -> Value {
    setting.source(source, &params).await["flags"].clone()
}

async fn is_suppressed(setting: &Setting, address: &str) -> bool {
    setting.host.app.store.is_suppressed(&ORG.into(), address).await.unwrap()
}

/// Ends a setting in which Slack took everything that was drawn.
async fn end(setting: Setting) {
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    assert_eq!(slack_model::wrong(&setting.slack.calls()).unwrap(), Vec::<String>::new());
    setting.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_is_answered_in_its_thread_and_its_deal_is_flagged() {
    let setting = start().await;
    let words = "Hi Priya,\n\nyes please, we would like to go ahead with both depots.\n\nYusuf";
    let job = setting.mail("yes", YUSUF, "Re: Two more depots", DEPOTS, words).await;
    let view = setting.rested(&job).await;
    assert_eq!(view.outputs["classified"]["class"], "positive_reply", "{}", course(&view));
    let flagged = flags(&setting, "deal", json!({ "deal_id": "d-northmoor-2" })).await.to_string();
    assert!(flagged.contains("stage_advance") && flagged.contains("go ahead"), "{flagged}");
    assert_eq!(setting.mails().len(), 0, "nobody has said yes to the answer");
    setting.says(&job, "Send this mail to Yusuf?", &How::Approve).await;
    let view = setting.ended(&job).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    let mails = setting.mails();
    let [(to, mail)] = mails.as_slice() else { panic!("{mails:#?}") };
    assert_eq!(to, &["yusuf.brandt@northmoor.example"]);
    assert_eq!(
        (mail.subject.as_str(), mail.in_reply_to.as_deref()),
        ("Re: Two more depots", Some("yes@outside.example"))
    );
    assert!(mail.references.contains(&"20261117.1100.depots@quillmere.example".to_owned()), "{:?}", mail.references);

    // What is asked for in so many words goes on as an event of its own, and leaves by its gates.
    let words = "Hi Priya,\n\nit is nineteen engineers in Wigan and Bolton together. Could you send us a proposal for the \
                 two depots, please?\n\nYusuf";
    let asks = setting.mail("wants", YUSUF, "Re: Two more depots", DEPOTS, words).await;
    let view = setting.ended(&asks).await;
    assert_eq!((view.status, &view.outputs["classified"]["class"]), (JobStatus::Completed, &json!("proposal_request")));
    assert!(view.approvals.is_empty() && state(&view, "draft") == "skipped", "{}", course(&view));
    let proposal = setting.led(&asks, "proposal_generation").await;
    setting.says(&proposal, "May this proposal go to", &How::Approve).await;
    setting.pass(11_000).await;
    setting.says(&proposal, "Send this mail to Yusuf?", &How::Approve).await;
    let view = setting.ended(&proposal).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    let (to, mail) = setting.mails().pop().unwrap();
    assert_eq!(to, ["yusuf.brandt@northmoor.example"]);
    assert!(mail.attachments.iter().any(|file| file.name.ends_with(".pdf") && file.bytes > 0), "{mail:?}");

    let words = "Hi Priya,\n\nthanks for this morning. Could we set up half an hour next week to go through it with Graham? \
                 Tuesday after two or Wednesday morning would work for us.\n\nBest\nHelen";
    let meet = setting.mail("meet", HELEN, "Re: Morning replanning at Castlereed", "", words).await;
    let view = setting.ended(&meet).await;
    assert_eq!((view.status, &view.outputs["classified"]["class"]), (JobStatus::Completed, &json!("meeting_request")));
    assert!(view.approvals.is_empty() && state(&view, "draft") == "skipped", "{}", course(&view));
    let times = setting.led(&meet, "calendar_find_times").await;
    let before = setting.events().len();
    setting.says(&times, "When to meet Helen Marsh?", &How::Choose(0)).await;
    let view = setting.ended(&times).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    let events = setting.events();
    assert_eq!(events.len(), before + 1);
    // Tuesday from two, or Wednesday before noon, in London's winter time.
    let starts = |event: &str| event.contains("20261124T1") || event.contains("20261125T");
    assert!(
        events.iter().any(|event| event.contains("mailto:helen.marsh@castlereed.example") && starts(event)),
        "{events:#?}"
    );
    end(setting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_says_no_or_wants_no_more_mail_gets_none() {
    let setting = start().await;
    // Something for Olive waits for a word when she says that she wants no more.
    let request = json!({ "contact_id": "c-olive", "request": "Please send me the security questionnaire." });
    let waits = setting.raise("content_retrieval", &request).await;
    setting.asked(&waits, "Send this mail to Olive?").await;
    let stop =
        setting.mail("stop", OLIVE, "Re: News from Quillmere", "", "Please take me off your list.\n\nOlive").await;
    let view = setting.ended(&stop).await;
    assert_eq!(
        (view.status, &view.outputs["classified"]["class"]),
        (JobStatus::Completed, &json!("unsubscribe")),
        "{}",
        course(&view)
    );
    assert!(view.approvals.is_empty(), "a plain wish asks nobody: {}", course(&view));
    assert!(is_suppressed(&setting, "olive@tranter.example").await);
    setting.says(&waits, "Send this mail to Olive?", &How::Approve).await;
    setting.pass(11_000).await;
    let view = setting.rested(&waits).await;
    let mail = view.effects.iter().find(|effect| effect.kind == "email.send").unwrap();
    let why = mail.last_error.as_deref().unwrap_or_default();
    assert!(mail.state == EffectState::Dead && why.contains("suppression"), "{}", course(&view));
    // And the next one is not even asked about.
    let again = setting
        .raise(
            "content_retrieval",
            &json!({ "contact_id": "c-olive", "request": "The security questionnaire, please." }),
        )
        .await;
    let view = setting.ended(&again).await;
    assert!(view.approvals.is_empty() && view.effects.is_empty(), "{}", course(&view));
    assert_eq!(state(&view, "send"), "failed", "{}", course(&view));

    // A no while a deal is open: the deal is flagged, the rep is asked.
    let words =
        "Hi Priya,\n\nthank you for the offer. We have decided against it and chosen another supplier.\n\nAmara";
    let no = setting.mail("no", AMARA, "Re: Certificates on the phone", "", words).await;
    setting.says(&no, "Write to Amara", &How::Approve).await;
    let view = setting.ended(&no).await;
    assert_eq!(
        (view.status, &view.outputs["classified"]["class"]),
        (JobStatus::Completed, &json!("negative_reply")),
        "{}",
        course(&view)
    );
    assert!(is_suppressed(&setting, "amara.quist@harrowgate.example").await);
    let flagged = flags(&setting, "deal", json!({ "deal_id": "d-harrowgate" })).await.to_string();
    assert!(flagged.contains("said_no"), "{flagged}");

    // One who only does not want it now is asked again when they said, and once more later
    // when a machine says that they are away then.
    let words = "Hi Priya,\n\nwe have decided against it for this year. Please come back to me on 7 December.\n\nInes";
    let later = setting.mail("later", INES, "Re: Pilot after the winter peak", "", words).await;
    let view = setting.ended(&later).await;
    assert_eq!((view.status, view.approvals.len()), (JobStatus::Completed, 0), "{}", course(&view));
    assert!(!is_suppressed(&setting, "ines.calloway@pellanby.example").await);
    let reminder = setting.led(&later, "followup_reminder").await;
    let row = setting.row(&reminder).await;
    assert_eq!(row.status, JobStatus::Deferred);
    assert!(row.wake_at.unwrap().rfc3339().starts_with("2026-12-07"), "{:?}", row.wake_at);
    let away = setting
        .mail(
            "away",
            INES,
            "Automatic reply: Pilot after the winter peak",
            "Auto-Submitted: auto-replied\r\n",
            "I am out of the office and back on Tuesday 15 December.\n\nInes",
        )
        .await;
    let view = setting.ended(&away).await;
    assert_eq!(
        (view.status, &view.outputs["classified"]["class"]),
        (JobStatus::Completed, &json!("out_of_office")),
        "{}",
        course(&view)
    );
    assert!(view.approvals.is_empty() && kinds(&view).contains(&"followups.postpone"), "{}", course(&view));
    // Eight in the morning in London on the day of return.
    assert_eq!(setting.row(&reminder).await.wake_at, Some(at("2026-12-15T08:00:00Z")));
    let contact = setting.source("contact", &json!({ "contact_id": "c-ines" })).await;
    assert!(contact.to_string().contains(r#""away_until":"2026-12-15""#), "{contact}");
    setting.until(at("2026-12-15T07:59:59Z")).await;
    assert_eq!(setting.row(&reminder).await.status, JobStatus::Deferred);
    setting.until(at("2026-12-15T08:00:00Z")).await;
    let view = setting.rested(&reminder).await;
    assert_ne!(view.status, JobStatus::Deferred, "{}", course(&view));
    assert!(view.steps.iter().any(|step| step.name == "nudge" && step.attempts > 0), "{}", course(&view));
    assert_eq!(setting.mails().len(), 0, "{:#?}", setting.mails());
    end(setting).await;
}

/// The deals that a scan of the pipeline finds quiet.
async fn quiet_deals(setting: &Setting, at_most: u8) -> String {
    let scan = setting.raise("pipeline_scan", &json!({ "at_most": at_most })).await;
    let view = setting.ended(&scan).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    view.outputs["pipeline"]["stale"].to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_that_the_rep_writes_to_is_not_stale_and_a_mail_is_one_line_of_its_history() {
    let setting = start().await;
    let found = quiet_deals(&setting, 10).await;
    assert!(found.contains("d-harrowgate"), "{found}");
    let revival = setting.rows("stale_deal_revival").await[0].id.clone();
    setting.says(&revival, "Send this mail to Amara?", &How::Approve).await;
    setting.pass(31_000).await;
    setting.ended(&revival).await;
    assert_eq!(setting.mails().len(), 1);
    let found = quiet_deals(&setting, 9).await;
    assert!(!found.contains("d-harrowgate"), "she was written to: {found}");

    let before = setting.source("activities", &json!({ "contact_id": "c-daniel" })).await;
    let job = setting.mail("thanks", DANIEL, "Re: Morning replanning", "", "Thanks, got it.\n\nDaniel").await;
    let view = setting.ended(&job).await;
    assert_eq!(kinds(&view), ["crm.log_activity", "email.classify"], "{}", course(&view));
    let after = setting.source("activities", &json!({ "contact_id": "c-daniel" })).await;
    let (before, after) = (before.as_array().unwrap(), after.as_array().unwrap());
    assert_eq!(after.len(), before.len() + 1, "{after:#?}");
    assert!(after.iter().any(|one| one["body"].as_str().unwrap().starts_with("Daniel Ostrowski ")), "{after:#?}");
    end(setting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_no_answer_is_filed_and_nothing_leaves() {
    let setting = start().await;
    let before = (setting.posts().len(), setting.cards().len());
    let info =
        setting.mail("thanks", DANIEL, "Re: Morning replanning at Castlereed", "", "Thanks, got it.\n\nDaniel").await;
    let view = setting.ended(&info).await;
    assert_eq!(
        (view.status, &view.outputs["classified"]["class"]),
        (JobStatus::Completed, &json!("info_only")),
        "{}",
        course(&view)
    );
    assert_eq!(kinds(&view), ["crm.log_activity", "email.classify"], "{}", course(&view));
    assert!(view.follow_ups.is_empty(), "{}", course(&view));

    // A report of a server, as servers write it.
    let report = setting
        .letter(
            "From: Mail Delivery System <MAILER-DAEMON@mx.quillmere.example>\r\n\
             Message-ID: <bounce@mx.quillmere.example>\r\nSubject: Undelivered Mail Returned to Sender\r\n\
             Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\r\n\r\n\
             --b1\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
             <daniel.ostrowski@castlereed.example>: host mx.castlereed.example said: 550 5.1.1 User unknown\r\n\
             --b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.quillmere.example\r\n\r\n\
             Final-Recipient: rfc822; daniel.ostrowski@castlereed.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
             --b1--\r\n",
        )
        .await;
    let view = setting.ended(&report).await;
    assert_eq!(
        (view.status, &view.outputs["classified"]["class"]),
        (JobStatus::Completed, &json!("bounce")),
        "{}",
        course(&view)
    );
    assert!(view.approvals.is_empty() && view.follow_ups.is_empty(), "{}", course(&view));
    let flagged = flags(&setting, "contact", json!({ "contact_id": "c-daniel" })).await.to_string();
    assert!(flagged.contains("bounced") && flagged.contains("5.1.1"), "{flagged}");
    assert_eq!((setting.posts().len(), setting.cards().len()), before, "nobody is told of either");

    // Somebody else is the one: they are a contact once the rep says so, and not before.
    let words = "Hi Priya,\n\nI'm not the right person for this. Please contact our plant manager Jo Berg, \
                 jo.berg@castlereed.example, 0113 496 0188.\n\nHelen";
    let forward = setting.mail("forward", HELEN, "Re: Morning replanning at Castlereed", "", words).await;
    let view = setting.rested(&forward).await;
    assert_eq!(view.outputs["classified"]["class"], "internal_forward", "{}", course(&view));
    assert_eq!(open(&view).count(), 1, "{}", course(&view));
    let jo = json!({ "email": "jo.berg@castlereed.example" });
    assert_eq!(setting.source("contact", &jo).await, Value::Null);
    setting.says(&forward, "Add to your contacts?", &How::All).await;
    let view = setting.ended(&forward).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    let contact = setting.source("contact", &jo).await;
    assert_eq!((&contact["name"], &contact["company_id"]), (&json!("Jo Berg"), &json!("co-castlereed")), "{contact}");
    assert_eq!(setting.mails().len(), 0);
    end(setting).await;
}
