//! Deals that nothing ever happened on: they are weighed, taken up or passed over with a
//! reason, and hold up nobody else.

use serde_json::{Value, json};
use skillhost_engine::job::JobStatus;
use skillhost_engine::time::Timestamp;
use skillhost_server::demo_data::{ORG, REP};

use skillhost_tests::setting::turn::kinds;
use skillhost_tests::setting::{Setting, demo};

/// A deal without an activity, a mail, a meeting, an amount or a date; with these contacts.
fn bare(id: &str, contacts: &Value) -> Value {
    json!({ "org_id": ORG, "id": id, "name": format!("Bare {id}"), "stage": "lead", "owner_id": REP,
        "contact_ids": contacts, "created_at": "2026-08-01T09:00:00Z", "updated_at": "2026-08-01T09:00:00Z" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_that_nothing_happened_on_ends_in_a_reason_and_the_others_go_on() {
    let setting = Setting::start("2026-11-20T08:35:00Z", &demo(&json!({}))).await;
    let contact =
        json!({ "org_id": ORG, "id": "c-new", "name": "Nora Weld", "email": "nora@weld.example", "owner_id": REP });
    let deals = [
        bare("d-nobody", &json!([])),
        bare("d-known", &json!(["c-new"])),
        // Its date is over as well.
        {
            let mut late = bare("d-late", &json!(["c-new"]));
            late["close_date"] = json!("2026-09-30");
            late
        },
    ];
    let more = json!({ "contacts": [contact], "deals": deals });
    setting.host.app.store.load_data(&more, Timestamp(i64::MAX)).await.unwrap();

    let scan = setting.raise("pipeline_scan", &json!({ "at_most": 10 })).await;
    setting.rest().await;
    let view = setting.view(&scan).await;
    assert_eq!(view.status, JobStatus::Completed, "{:?}", view.reason);
    let pipeline = &view.outputs["pipeline"];
    let passed = pipeline["not_revived"].to_string();
    assert!(passed.contains(r#""deal_id":"d-nobody","why":"no_contact""#), "{passed}");
    for list in ["stale", "at_risk", "past_close"] {
        for deal in pipeline[list].as_array().unwrap() {
            assert!(deal["reasons"].is_array() && deal["points"].is_number(), "{deal}");
        }
    }
    let revived = setting.rows("stale_deal_revival").await;
    let known = revived.iter().any(|row| row.trigger_payload["deal_id"] == "d-harrowgate");
    assert!(known, "the deal with a history is taken up beside them: {pipeline:#}");

    // Whatever was taken up, and each by itself, ends or asks, and says why.
    for deal in ["d-nobody", "d-known", "d-late", "d-gone"] {
        if !revived.iter().any(|row| row.trigger_payload["deal_id"] == deal) {
            setting.raise("stale_deal_revival", &json!({ "deal_id": deal })).await;
        }
    }
    setting.rest().await;
    for row in setting.rows("stale_deal_revival").await {
        let view = setting.view(&row.id).await;
        let deal = row.trigger_payload["deal_id"].as_str().unwrap().to_owned();
        let steps: Vec<String> = view
            .steps
            .iter()
            .map(|step| format!("{} {}: {:?} {:?}", step.name, step.state, step.reason, step.summary))
            .collect();
        println!("{deal}: {:?} {:?} {steps:#?}", view.status, view.reason);
        if deal == "d-harrowgate" {
            assert_eq!(view.status, JobStatus::AwaitingApproval, "{steps:#?}");
            continue;
        }
        assert!(view.status.is_ended(), "{deal}: nothing is known that a mail could name: {steps:#?}");
        // Whoever asked for the mail is told that there is none; the scan asks for nobody.
        let told: &[&str] = if row.event_source.starts_with("orchestrator:") { &[] } else { &["chat.post"] };
        assert_eq!(kinds(&view), told, "{deal}: {steps:#?}");
        assert!(view.approvals.is_empty(), "{deal}: {steps:#?}");
        let says = view.steps.iter().all(|step| step.state == "settled" || step.reason.is_some());
        assert!(says, "{deal}: {steps:#?}");
    }
    assert_eq!(setting.mails().len(), 0);
    setting.stop().await;
}
