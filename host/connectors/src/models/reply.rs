//! Places in vendors' replies: why an answer ends, what was counted, who answered.

use serde_json::Value;
use skillhost_engine::model::Finish;
use skillhost_engine::price::Tokens;

use super::Provider;

fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer).and_then(Value::as_str)
}

fn count(body: &Value, pointer: &str) -> Option<u64> {
    body.pointer(pointer).and_then(Value::as_u64)
}

/// Why it ends; `None` for a reply without a reason, which none of them sends.
pub(super) fn finish(provider: Provider, body: &Value) -> Option<Finish> {
    let word = match provider {
        Provider::Openai | Provider::OpenaiCompatible => {
            if text(body, "/choices/0/message/refusal").is_some_and(|refusal| !refusal.is_empty()) {
                return Some(Finish::Filtered);
            }
            text(body, "/choices/0/finish_reason")?
        }
        Provider::Anthropic => text(body, "/stop_reason")?,
        Provider::Gemini => {
            if text(body, "/promptFeedback/blockReason").is_some() {
                return Some(Finish::Filtered);
            }
            text(body, "/candidates/0/finishReason")?
        }
        Provider::Ollama => text(body, "/done_reason")?,
    };
    match word {
        "stop" | "end_turn" | "stop_sequence" | "STOP" => Some(Finish::Complete),
        "length" | "max_tokens" | "model_context_window_exceeded" | "MAX_TOKENS" => Some(Finish::Length),
        "content_filter" | "refusal" | "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => {
            Some(Finish::Filtered)
        }
        _ => None,
    }
}

/// What was counted; `None` without both counts.
pub(super) fn tokens(provider: Provider, body: &Value) -> Option<Tokens> {
    let or_none = |pointer: &str| count(body, pointer).unwrap_or(0);
    Some(match provider {
        Provider::Openai | Provider::OpenaiCompatible => Tokens {
            input: count(body, "/usage/prompt_tokens")?,
            cached: or_none("/usage/prompt_tokens_details/cached_tokens"),
            cache_write: 0,
            output: count(body, "/usage/completion_tokens")?,
        },
        // Its `input_tokens` leaves out what went through the cache.
        Provider::Anthropic => {
            let (read, written) =
                (or_none("/usage/cache_read_input_tokens"), or_none("/usage/cache_creation_input_tokens"));
            Tokens {
                input: count(body, "/usage/input_tokens")?.saturating_add(read).saturating_add(written),
                cached: read,
                cache_write: written,
                output: count(body, "/usage/output_tokens")?,
            }
        }
        // Leaves out counts that are nothing; thoughts are billed as output.
        Provider::Gemini => {
            body.get("usageMetadata")?;
            Tokens {
                input: count(body, "/usageMetadata/promptTokenCount")?
                    .saturating_add(or_none("/usageMetadata/toolUsePromptTokenCount")),
                cached: or_none("/usageMetadata/cachedContentTokenCount"),
                cache_write: 0,
                output: or_none("/usageMetadata/candidatesTokenCount")
                    .saturating_add(or_none("/usageMetadata/thoughtsTokenCount")),
            }
        }
        Provider::Ollama => Tokens {
            // Left out where the whole prompt was cached.
            input: or_none("/prompt_eval_count"),
            cached: 0,
            cache_write: 0,
            output: count(body, "/eval_count")?,
        },
    })
}

/// The model that answered, as it names itself.
pub(super) fn model(provider: Provider, body: &Value) -> Option<&str> {
    text(body, if provider == Provider::Gemini { "/modelVersion" } else { "/model" })
}
