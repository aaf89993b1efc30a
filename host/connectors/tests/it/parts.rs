//! Cards, questions and rows to try things on.

use serde_json::{Value, json};
use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::card::{Card, CardLine, CardPart, EditableView, EffectView};
use skillhost_engine::ids::{ApprovalId, EffectKey, JobId, OrgId, StepName, UserId};
use skillhost_engine::outbox::{EffectState, OutboxRow, Release};
use skillhost_engine::outcome::{ApprovalRequest, Ask};
use skillhost_engine::time::Timestamp;

pub(crate) const NOW: Timestamp = Timestamp(1_900_000_000_000);

pub(crate) fn line(label: &str, value: &str) -> CardLine {
    CardLine { label: label.to_owned(), value: value.to_owned(), multiline: false, was: None }
}

pub(crate) fn block(label: &str, value: &str) -> CardLine {
    CardLine { multiline: true, ..line(label, value) }
}

pub(crate) fn place(pointer: &str, label: &str, value: Value) -> EditableView {
    EditableView { pointer: pointer.to_owned(), label: label.to_owned(), multiline: false, value }
}

pub(crate) fn effect(id: &str, lines: Vec<CardLine>, editable: Vec<EditableView>) -> EffectView {
    EffectView {
        id: id.to_owned(),
        kind: "email.send".to_owned(),
        title: "Send an email".to_owned(),
        digest: "hmac-sha256:00".to_owned(),
        lines,
        editable,
    }
}

pub(crate) fn part(id: &str, marked: bool, effects: Vec<EffectView>) -> CardPart {
    CardPart { id: id.to_owned(), label: format!("Label of {id}"), detail: None, marked, effects }
}

pub(crate) fn card(pattern: &str, parts: Vec<CardPart>) -> Card {
    Card {
        heading: "Send an email".to_owned(),
        pattern: pattern.to_owned(),
        asked_by: "email-send-as-rep 1.0.0".to_owned(),
        made_by: Vec::new(),
        raised_by: None,
        seal: String::new(),
        parts,
        comment_title: "Thanks after the call".to_owned(),
        comment: "They asked for it.".to_owned(),
        comment_fields: Vec::new(),
        deferrable: true,
        offer_more: true,
        offer_manual: true,
    }
}

pub(crate) fn mail_card(body: &str) -> Card {
    let lines = vec![line("To", "ana@buyer.example"), line("Subject", "Next steps"), block("Body", body)];
    let editable = vec![place("/subject", "Subject", json!("Next steps")), place("/body", "Body", json!(body))];
    card("review", vec![part("", true, vec![effect("mail", lines, editable)])])
}

/// `n` tasks; every second one is ticked at first.
pub(crate) fn tasks_card(n: usize) -> Card {
    let parts = (0..n).map(|index| {
        let title = format!("Task number {index}");
        let editable = vec![place("/title", "Title", json!(title))];
        part(
            &format!("t{index}"),
            index % 2 == 0,
            vec![effect(&format!("e{index}"), vec![line("Title", &title)], editable)],
        )
    });
    card("batch", parts.collect())
}

pub(crate) fn question(card: Card) -> PendingAction {
    PendingAction {
        id: ApprovalId::from("apr_1"),
        org: OrgId::from("acme"),
        user: UserId::from("rep"),
        job: JobId::from("job_1"),
        step: StepName::from("email-send-as-rep"),
        round: 0,
        request: ApprovalRequest {
            id: "ask".to_owned(),
            title: String::new(),
            summary: String::new(),
            fields: Vec::new(),
            ask: Ask::Batch { items: Vec::new() },
            expires: None,
            tell_skill: false,
        },
        effects: Vec::new(),
        module: None,
        rights: Vec::new(),
        card,
        nonce: "n0nce".to_owned(),
        status: ActionStatus::Pending,
        revision: 1,
        channel: None,
        message_ts: None,
        created_at: NOW,
        expires_at: NOW.plus_ms(86_400_000),
        resolved_at: None,
        resolution: None,
    }
}

pub(crate) fn row(key: &str, kind: &str, payload: Value) -> OutboxRow {
    OutboxRow {
        key: EffectKey::from(key),
        org: OrgId::from("acme"),
        user: UserId::from("rep"),
        job: JobId::from("job_1"),
        step: StepName::from("email-send-as-rep"),
        local_id: "mail".to_owned(),
        kind: kind.to_owned(),
        payload,
        after: Vec::new(),
        module: None,
        rights: Vec::new(),
        digest: String::new(),
        approval: None,
        release: Some(Release { by: UserId::from("rep"), at: NOW, mac: String::new() }),
        state: EffectState::Sending,
        revision: 1,
        attempt: 1,
        not_before: NOW,
        last_error: None,
        receipt: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub(crate) fn mail(key: &str, to: &str) -> OutboxRow {
    let payload = json!({
        "from": "Rep Ähnlich <rep@seller.example>",
        "to": [to],
        "cc": ["boss@seller.example"],
        "bcc": ["archive@seller.example"],
        "subject": "Nächste Schritte – Angebot",
        "body": "Hallo Ana,\n\nhier ist das Angebot.\n.\nLeon",
        "in_reply_to": "<a1@buyer.example>",
        "references": ["<a0@buyer.example>", "a1@buyer.example"],
    });
    row(key, "email.send", payload)
}

/// A short mail from this address.
pub(crate) fn mail_from(from: &str, key: &str, to: &str) -> OutboxRow {
    let payload = json!({ "from": from, "to": [to], "subject": "Grüße", "body": "Hallo" });
    row(key, "email.send", payload)
}

/// A payload as Slack posts it.
pub(crate) fn form(payload: &Value) -> Vec<u8> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", &payload.to_string());
    form.finish().into_bytes()
}
