//! Nights: what comes in them waits for their end, to the minute, also where the clocks
//! change in them. One sequence that only posts, and one that mails.

use serde_json::json;
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobStatus;
use skillhost_engine::quiet::QUIET;
use skillhost_server::demo_data::REP;
use skillhost_tests::setting::at;

use skillhost_tests::setting::{Setting, demo};

/// Ten in the evening in Berlin, before the nights on which the clocks go from two to three
/// and from three to two.
const SPRING: &str = "2026-03-28T21:00:00Z";
const AUTUMN: &str = "2026-10-24T20:00:00Z";
/// The minute in which everything that waited leaves.
const MINUTE_MS: i64 = 60_000;

/// That the job waits, and that whoever looks at it is told why and until when.
async fn waits(setting: &Setting, job: &JobId, until: &str) {
    let row = setting.row(job).await;
    assert_eq!((row.status, row.reason.as_deref()), (JobStatus::Deferred, Some(QUIET)), "{}", row.event_type);
    assert_eq!(row.wake_at, Some(at(until)));
    let (_, said) = setting.host.get(REP, &format!("/v1/jobs/{job}")).await;
    assert_eq!((&said["status"], &said["reason"]), (&json!("deferred"), &json!(QUIET)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_on_which_the_clocks_change_holds_back_posts_and_mails_to_its_end() {
    // Half past seven of the summer's clock; half past two, which the spring night skips, so
    // that it ends an hour later by the clock, and which the autumn night has twice, of
    // which the first one ends it.
    for (evening, to, changes, end) in [
        (SPRING, "07:30", "2026-03-29T01:00:00Z", "2026-03-29T05:30:00Z"),
        (SPRING, "02:30", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"),
        (AUTUMN, "02:30", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z"),
    ] {
        let mut document = demo(&json!({ "quiet_hours": { "from": "20:00", "to": to } }));
        document["users"][0]["zone"] = json!("Europe/Berlin");
        let setting = Setting::start(evening, &document).await;
        let post = setting.raise("competitive_research", &json!({ "competitor": "Rotaforge" })).await;
        let mail = setting
            .mail(
                "night-1",
                "Ines Calloway <ines.calloway@pellanby.example>",
                "Inside a cold store",
                "",
                "Hi Priya,\n\ndoes the phone app work without signal inside a cold store? Could you tell me before \
                 Monday?\n\nInes",
            )
            .await;
        waits(&setting, &post, end).await;
        waits(&setting, &mail, end).await;

        // Right before the change, right after it, and in the last millisecond.
        for look in [at(changes).plus_ms(-1), at(changes), at(end).plus_ms(-1)] {
            setting.until(look).await;
            waits(&setting, &post, end).await;
            waits(&setting, &mail, end).await;
            let left = (setting.mails().len(), setting.posts().len(), setting.cards().len());
            assert_eq!(left, (0, 0, 0), "at {}: {:?}", look.rfc3339(), setting.slack.calls());
        }

        setting.until(at(end)).await;
        let told = setting.posts();
        assert!(told.len() == 1 && told[0].body.to_string().contains("About Rotaforge"), "{told:?}");
        assert_eq!(setting.row(&post).await.status, JobStatus::Completed);
        let view = setting.view(&mail).await;
        let question = view.approvals.iter().find(|one| one.status == ActionStatus::Pending).unwrap();
        setting.rep().press(question.id.as_str(), "approve").await;
        let due = setting.due(&mail).await.unwrap();
        setting.until(due).await;
        let mails = setting.mails();
        assert!(mails.len() == 1 && mails[0].0 == ["ines.calloway@pellanby.example"], "{mails:?}");
        assert_eq!(setting.row(&mail).await.status, JobStatus::Completed);
        assert!(setting.host.app.clock.now().0 - at(end).0 < MINUTE_MS);

        // Why they waited stays on record.
        for job in [post, mail] {
            let (_, said) = setting.host.get(REP, &format!("/v1/jobs/{job}/audit")).await;
            let admitted =
                said["audit"].as_array().unwrap().iter().find(|row| row["action"] == "job.admitted").unwrap();
            assert_eq!(admitted["detail"]["reason"], QUIET);
        }
        setting.stop().await;
    }
}
