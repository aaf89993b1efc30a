//! The JSON Schema of a sequence file, for editors and for documentation.

use serde_json::{Value, json};

use super::{MAX_DELAY_MS, MAX_FOR_EACH, MAX_PRIORITY, MAX_TIMEOUT_MS};
use crate::action::Action;
use crate::approval::{DEFAULT_EXPIRY_MS, MIN_EXPIRY_MS};
use crate::condition::MAX_EXPRESSION_BYTES;
use crate::event::EVENT_TYPES;
use crate::registry;
use crate::retry::MAX_STEP_ATTEMPTS;
use crate::schedule::{DEFAULT_GRACE_MINUTES, MAX_BEFORE_MINUTES, MAX_CATCH_UP, MAX_GRACE_MINUTES};

pub(super) fn json_schema() -> Value {
    let event = json!({"enum": EVENT_TYPES});
    let cel = json!({"type": "string", "maxLength": MAX_EXPRESSION_BYTES, "description": "a CEL expression"});
    let values = json!({"type": "object", "description": "text is CEL; numbers, booleans and null are literals"});
    let name = json!({"type": "string", "pattern": "^[a-z0-9_-]{1,64}$"});
    let count = json!({"type": "integer", "minimum": 0});
    let limits: serde_json::Map<String, Value> = [
        "fuel",
        "memory_bytes",
        "wall_ms",
        "host_calls",
        "read_bytes",
        "outcome_bytes",
        "log_bytes",
        "money_micro_usd",
    ]
    .into_iter()
    .map(|limit| (limit.to_owned(), count.clone()))
    .collect();
    let step = json!({
        "type": "object",
        "additionalProperties": false,
        "oneOf": [{"required": ["skill"]}, {"required": ["action"]}],
        "properties": {
            "skill": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"},
            "action": {"enum": Action::NAMES},
            "with": values,
            "needs": {
                "type": "array",
                "items": {"oneOf": [
                    name,
                    {"type": "object", "minProperties": 1, "maxProperties": 1,
                     "additionalProperties": {"enum": ["settled", "proposed"]}},
                ]},
            },
            "made_by": {
                "type": "array",
                "description": "The steps whose work it brings before people",
                "items": name,
            },
            "for_each": {
                "type": "object",
                "additionalProperties": false,
                "required": ["over", "at_most"],
                "properties": {"over": cel, "at_most": {"type": "integer", "minimum": 1, "maximum": MAX_FOR_EACH}},
            },
            "fallback": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"},
            "pin": {
                "type": "string",
                "description": "`job`, `step`, or the one module it calls",
                "anyOf": [{"enum": ["job", "step"]}, {"pattern": registry::MODULE_NAME}],
            },
            "approval": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "all": {"type": "boolean", "default": false},
                    "expires_ms": {"type": "integer", "minimum": MIN_EXPIRY_MS, "maximum": DEFAULT_EXPIRY_MS},
                },
            },
            "budget_micro_usd": count,
            "without_money": {
                "enum": ["wait", "answer"],
                "default": "wait",
                "description": "`answer`: what the skill says without a model stands where no budget covers one",
            },
            "when": cel,
            "on_failure": {"enum": ["stop", "continue", "retry"], "default": "stop"},
            "retry": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "attempts": {"type": "integer", "minimum": 1, "maximum": MAX_STEP_ATTEMPTS},
                    "first_ms": count,
                    "factor": {"type": "number", "minimum": 1, "maximum": 10},
                    "max_ms": count,
                },
            },
            "timeout_ms": {"type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT_MS},
            "output": name,
            "rights": {"type": "array", "items": {"type": "string", "pattern": "^(context|effect|llm|http|fs|secret):"}},
            "limits": {"type": "object", "additionalProperties": false, "properties": limits},
            "follow_ups": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["event"],
                    "properties": {"when": cel, "for_each": cel, "event": event, "payload": values,
                                   "delay_ms": {"type": "integer", "minimum": 0, "maximum": MAX_DELAY_MS}},
                },
            },
            "accept": {
                "type": "array",
                "items": {"oneOf": [
                    event,
                    {"type": "object", "additionalProperties": false, "required": ["event"],
                     "properties": {"event": event, "when": cel}},
                ]},
            },
        },
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A sequence",
        "type": "object",
        "additionalProperties": false,
        "required": ["sequence", "version", "event", "steps"],
        "properties": {
            "sequence": {"type": "string"},
            "version": count,
            "event": event,
            "pin": {"enum": ["job", "step"]},
            "estimate_micro_usd": count,
            "priority": {"type": "integer", "minimum": -MAX_PRIORITY, "maximum": MAX_PRIORITY, "default": 0},
            "concurrency": {
                "type": "object",
                "additionalProperties": false,
                "required": ["key"],
                "properties": {"key": cel, "on_conflict": {"enum": ["queue", "skip", "cancel_older"], "default": "queue"}},
            },
            "quiet_hours": {"enum": ["defer", "ignore"], "default": "defer"},
            "schedule": schedule(),
            "steps": {"type": "object", "minProperties": 1, "additionalProperties": step},
        },
    })
}

fn schedule() -> Value {
    json!({
        "oneOf": [
            {
                "type": "object",
                "additionalProperties": false,
                "required": ["cron"],
                "properties": {
                    "cron": {"type": "string", "description": "minute hour day month weekday"},
                    "time_of": {"type": "string", "description": "a preference HH:MM that replaces minute and hour"},
                    "zone": {"type": "string", "default": "user", "description": "`user` or an IANA name"},
                    "misfire": {"enum": ["run_once", "skip", "catch_up"], "default": "run_once"},
                    "catch_up": {"type": "integer", "minimum": 1, "maximum": MAX_CATCH_UP},
                    "grace_minutes": {
                        "type": "integer", "minimum": 1, "maximum": MAX_GRACE_MINUTES, "default": DEFAULT_GRACE_MINUTES,
                    },
                },
            },
            {
                "type": "object",
                "additionalProperties": false,
                "required": ["before_meeting_minutes"],
                "properties": {
                    "before_meeting_minutes": {"type": "integer", "minimum": 1, "maximum": MAX_BEFORE_MINUTES},
                },
            },
        ],
    })
}
