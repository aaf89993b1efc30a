//! The ways of the sequences that ship, in the order of a rep's days.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use serde_json::json;
use skillhost_server::sequences::Sequences;
use skillhost_tests::{slack_model, slack_rep};

use skillhost_tests::setting::answer::How;
use skillhost_tests::setting::{Setting, demo};

use super::way::{Expect, Start, Way, go};

const HELEN: &str = "helen.marsh@castlereed.example";
const INES: &str = "ines.calloway@pellanby.example";

/// One row a sequence; more where it begins in several ways or is answered differently. Each
/// row begins when the one before it is over.
const WAYS: &[Way] = &[
    Way {
        sequence: "morning_brief",
        start: Start::Clock("2026-11-20T08:00:00Z"),
        answers: &[],
        expect: &[Expect::Post("Good morning, Priya")],
    },
    Way {
        sequence: "pipeline_scan",
        start: Start::Clock("2026-11-20T08:00:00Z"),
        answers: &[],
        expect: &[Expect::Kept("deal", r#"{"deal_id":"d-harrowgate"}"#, r#""revival_queued_on":"2026-11-20""#)],
    },
    Way {
        sequence: "stale_deal_revival",
        start: Start::Led("pipeline_scan"),
        answers: &[("Send this mail to Amara?", How::Edit("Subject", "Certificates before February"))],
        expect: &[Expect::Mail("amara.quist@harrowgate.example", "Certificates before February")],
    },
    Way {
        sequence: "pre_meeting_90min",
        start: Start::Clock("2026-11-20T08:30:00Z"),
        answers: &[],
        expect: &[Expect::Post("morning replan and next steps, 10:00")],
    },
    Way {
        sequence: "morning_brief",
        // Asked for again, it knows which briefs reached the rep.
        start: Start::Api("{}"),
        answers: &[],
        expect: &[Expect::Post("prep ready")],
    },
    Way {
        sequence: "campaign_check",
        start: Start::Clock("2026-11-20T10:00:00Z"),
        // The one answer is ticked already; it is unticked and ticked again.
        answers: &[("Which of these answers should go out?", How::Ticks(&[0, 0]))],
        expect: &[
            Expect::Mail("joan.ferrier@brightwell.example", "Joan"),
            Expect::Suppressed("info@stainmoor.example"),
            Expect::Post("Cold stores before the winter peak"),
        ],
    },
    Way {
        sequence: "meeting_ended",
        start: Start::Delivery("2026-11-20T10:35:00Z"),
        answers: &[
            ("to proposal?", How::Approve),
            ("Add these tasks to your list?", How::Ticks(&[0])),
            ("Send this mail to Helen and Daniel?", How::Edit("Subject", "What we agreed this morning")),
        ],
        expect: &[
            Expect::Mail(HELEN, "What we agreed this morning"),
            Expect::Mail("daniel.ostrowski@castlereed.example", "What we agreed this morning"),
            Expect::Kept("deal", r#"{"deal_id":"d-castlereed"}"#, r#""stage":"proposal""#),
            Expect::Kept("tasks", r#"{"deal_id":"d-castlereed"}"#, r#""created_at":"2026-11-20"#),
            Expect::Post("morning replan and next steps"),
        ],
    },
    Way {
        sequence: "content_retrieval",
        start: Start::Led("meeting_ended"),
        answers: &[("Send this mail to Helen?", How::Approve)],
        expect: &[Expect::Mail(HELEN, "https://quillmere.example/")],
    },
    Way {
        sequence: "pricing_retrieval",
        start: Start::Led("meeting_ended"),
        answers: &[("Send this mail to Helen?", How::Later)],
        expect: &[Expect::Mail(HELEN, "https://quillmere.example/prices")],
    },
    Way {
        sequence: "proposal_generation",
        start: Start::Led("meeting_ended"),
        answers: &[
            ("May this proposal go to Castlereed Lifts?", How::Approve),
            ("Send this mail to Helen?", How::Approve),
        ],
        expect: &[Expect::File(HELEN, ".pdf"), Expect::Kept("activities", r#"{"deal_id":"d-castlereed"}"#, "sha256:")],
    },
    Way {
        sequence: "proposal_generation",
        start: Start::Api(r#"{ "deal_id": "d-castlereed", "contact_id": "c-helen" }"#),
        // No mail, but a link.
        answers: &[
            ("May this proposal go to Castlereed Lifts?", How::Approve),
            ("Send this mail to Helen?", How::Skip),
            ("A link to the proposal instead", How::Approve),
        ],
        expect: &[Expect::Link("application/pdf")],
    },
    Way {
        sequence: "calendar_find_times",
        start: Start::Led("meeting_ended"),
        answers: &[("When to meet Helen Marsh?", How::More), ("When to meet Helen Marsh?", How::Skip)],
        expect: &[Expect::NothingLeft],
    },
    Way {
        sequence: "calendar_find_times",
        start: Start::Command("find times for Helen Marsh next week, half an hour"),
        answers: &[("When to meet Helen Marsh?", How::Choose(0))],
        expect: &[Expect::Event("mailto:helen.marsh@castlereed.example"), Expect::Mail(HELEN, "")],
    },
    Way {
        sequence: "competitive_research",
        start: Start::Api(r#"{ "competitor": "Rotaforge", "deal_id": "d-castlereed" }"#),
        answers: &[],
        expect: &[Expect::Post("About Rotaforge")],
    },
    Way {
        sequence: "email_received",
        start: Start::Mail(
            "Ines Calloway <ines.calloway@pellanby.example>",
            "Re: Pilot after the winter peak",
            "In-Reply-To: <c0ffee17@pellanby.example>\r\n",
            "Hi Priya,\n\nbefore this afternoon: does the phone app work without signal inside a cold store? Our \
             people lose the network the moment the door shuts.\n\nInes",
        ),
        answers: &[(
            "Send this mail to Ines?",
            How::Edit("Text", "Hi Ines,\n\nit does: the day is on the phone.\n\nPriya"),
        )],
        expect: &[
            Expect::Mail(INES, "it does: the day is on the phone."),
            Expect::Mail(INES, "Pilot after the winter peak"),
        ],
    },
    // By the buttons of the cards that the ways before led to.
    Way {
        sequence: "calendar_find_times",
        start: Start::Pressed("Check calendar"),
        answers: &[("When to meet", How::Skip)],
        expect: &[Expect::NothingLeft],
    },
    Way {
        sequence: "deal_closing",
        start: Start::Pressed("Mark closed"),
        answers: &[("How did", How::Choose(1))],
        expect: &[
            Expect::NothingLeft,
            // Harrowgate was written to, and is quiet no more.
            Expect::Kept("deal", r#"{"deal_id":"d-pellanby"}"#, r#""stage":"closed_lost""#),
        ],
    },
    Way {
        sequence: "coaching_digest",
        start: Start::Clock("2026-11-23T08:00:00Z"),
        answers: &[],
        expect: &[Expect::Post("Your week of calls"), Expect::Coached],
    },
    Way {
        sequence: "followup_reminder",
        start: Start::Led("meeting_ended"),
        answers: &[("Send this mail to Helen", How::Approve)],
        expect: &[Expect::Mail(HELEN, "")],
    },
];

#[test]
fn every_sequence_that_ships_has_a_way() {
    let shipped = Sequences::read(None).unwrap();
    let with_a_way: BTreeSet<&str> = WAYS.iter().map(|way| way.sequence).collect();
    let ships: BTreeSet<&str> = shipped.catalog().iter().map(|sequence| sequence.name.as_str()).collect();
    assert_eq!(with_a_way, ships, "a row in the table of ways is missing, or is of a sequence that is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_leads_from_its_event_to_where_its_effects_land() {
    let setting = Setting::start("2026-11-20T07:00:00Z", &demo(&json!({ "coaching": "both" }))).await;
    let mut gone = BTreeMap::new();
    let (mut told, mut failed) = (String::new(), Vec::new());
    for way in WAYS {
        let began = std::time::Instant::now();
        // All that are wrong are told, not the first one only.
        if AssertUnwindSafe(go(&setting, way, &mut gone)).catch_unwind().await.is_err() {
            failed.push(way.sequence);
        }
        let _written = writeln!(told, "{:>7.1?} {}", began.elapsed(), way.sequence);
    }
    println!("{told}");
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(slack_rep::refusals(&setting.slack), [], "Slack takes everything that is drawn");
    let calls = setting.slack.calls();
    assert!(calls.iter().any(|call| call.method == "views.open"));
    assert_eq!(slack_model::wrong(&calls).unwrap(), Vec::<String>::new(), "by Slack's own models");
    setting.stop().await;
}
