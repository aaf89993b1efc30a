//! Vendors' deliveries. Each is verified over its raw bytes before anything
//! reads them, and mapped to an org and a person by its connection: a delivery
//! carries no org of ours, and one that maps to nobody is refused with its
//! reason. To add a vendor, add a file here and its endpoint below.

mod meetingbaas;
mod slack;
mod slack_app;
mod slack_button;

use axum::routing::post;

use super::endpoint::{Endpoint, doc};

/// The routes of all vendors.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/hooks/meetingbaas",
            post(meetingbaas::deliver),
            doc("meetingBaasHook", "A delivery of MeetingBaaS, signed by the account or carrying the bot's secret")
                .open()
                .bodies(&[("application/json", "VendorDelivery")])
                .answers(202, "Stored, or of no interest", "HookAnswer")
                .answers(200, "A redelivery: the first one's job", "HookAnswer")
                .problems(&[400, 401, 404, 413, 422, 429, 503]),
        ),
        Endpoint::post(
            "/hooks/slack/interactive",
            post(slack::interact),
            doc("slackInteractive", "A press or a submitted form in Slack, signed by Slack")
                .open()
                .bodies(&[("application/x-www-form-urlencoded", "SlackPayload")])
                .answers(200, "Understood", "SlackAnswer")
                .problems(&[400, 401, 413, 503]),
        ),
        Endpoint::post(
            "/hooks/slack/command",
            post(slack_app::command),
            doc("slackCommand", "A slash command in Slack, signed by Slack")
                .open()
                .bodies(&[("application/x-www-form-urlencoded", "SlackCommand")])
                .answers(200, "Understood", "SlackAnswer")
                .problems(&[400, 401, 413, 503]),
        ),
        Endpoint::post(
            "/hooks/slack/events",
            post(slack_app::event),
            doc("slackEvent", "An event of Slack, signed by Slack: the home tab was opened")
                .open()
                .bodies(&[("application/json", "VendorDelivery")])
                .answers(200, "Understood", "SlackAnswer")
                .problems(&[400, 401, 413, 503]),
        ),
    ]
}
