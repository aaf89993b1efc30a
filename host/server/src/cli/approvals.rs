//! `skillhost approvals`: what waits for a person, whole, and the answer to it.

use serde_json::{Value, json};
use skillhost_engine::card::{Card, CardPart};

use super::client::{ClientError, connect};
use super::exit::hinted;
use super::{Exit, Global, render};
use crate::view::ApprovalView;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// What waits for an answer, oldest first.
    List,
    /// One question with everything an answer would release.
    Show {
        /// Id.
        approval: String,
    },
    /// Answer a question as the key's user.
    #[command(after_help = "\
Examples:
  skillhost approvals answer act_… approve
  skillhost approvals answer act_… approve --edit 'email:/subject=\"Next steps\"'
  skillhost approvals answer act_… items --item task-1 --item task-3
  skillhost approvals answer act_… skip --note 'sent it myself'
  skillhost approvals answer act_… skip --irrelevant")]
    Answer(AnswerArgs),
    /// Ask again what expired, while its job still waits; as the key's user, or an admin.
    Again {
        /// Id.
        approval: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct AnswerArgs {
    /// Id.
    approval: String,
    /// What to do.
    #[arg(value_enum)]
    answer: Verb,
    /// Change a place: `<effect>:<pointer>=<JSON or text>`; may be given more than once.
    #[arg(long, value_name = "PLACE=VALUE")]
    edit: Vec<String>,
    /// Approve this item of a batch; may be given more than once.
    #[arg(long)]
    item: Vec<String>,
    /// Take this choice.
    #[arg(long)]
    choice: Option<String>,
    /// Say why.
    #[arg(long)]
    note: Option<String>,
    /// Mark the suggestion as irrelevant: it counts against the skill that made it.
    #[arg(long)]
    irrelevant: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Verb {
    /// Do it.
    Approve,
    /// Take one of the choices.
    Choose,
    /// Show me others.
    More,
    /// I will do it myself.
    Manual,
    /// Approve the named items, skip the rest.
    Items,
    /// Drop this step, go on.
    Skip,
    /// End the job.
    Cancel,
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let host = connect(global)?;
    match command {
        Command::List => {
            let answer: Value = host.get("/v1/approvals").await.map_err(ClientError::from)?;
            if global.json {
                render::json(&answer)?;
                return Ok(Exit::Done);
            }
            let approvals: Vec<ApprovalView> =
                serde_json::from_value(answer.get("approvals").cloned().unwrap_or(answer))?;
            render::table(
                &["approval", "asks", "step", "expires"],
                approvals
                    .into_iter()
                    .map(|approval| {
                        vec![
                            approval.id.to_string(),
                            approval.card.heading,
                            approval.step,
                            render::instant(approval.expires_at),
                        ]
                    })
                    .collect(),
            )?;
        }
        Command::Show { approval } => {
            let approval: ApprovalView =
                host.get(&format!("/v1/approvals/{approval}")).await.map_err(ClientError::from)?;
            if global.json {
                render::json(&approval)?;
            } else {
                card(&approval.card)?;
                ways(&approval)?;
            }
        }
        Command::Answer(args) => {
            let body = body(&args)?;
            let path = format!("/v1/approvals/{}/answer", args.approval);
            let answer: Value = host.post(&path, &body).await.map_err(ClientError::from)?;
            if global.json {
                render::json(&answer)?;
            } else {
                render::line(format!("answered {}", args.approval))?;
            }
        }
        Command::Again { approval } => {
            let path = format!("/v1/approvals/{approval}/again");
            let answer: Value = host.post(&path, &json!({})).await.map_err(ClientError::from)?;
            if global.json {
                render::json(&answer)?;
            } else {
                let fresh: ApprovalView = serde_json::from_value(answer.get("approval").cloned().unwrap_or(answer))?;
                render::line(format!("asked again as {}", fresh.id))?;
            }
        }
    }
    Ok(Exit::Done)
}

fn body(args: &AnswerArgs) -> anyhow::Result<Value> {
    let edits = args.edit.iter().map(|text| edit(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut body = match args.answer {
        Verb::Approve => json!({ "answer": "approve", "edits": edits }),
        Verb::Choose => {
            let choice = args.choice.as_ref().ok_or_else(|| hinted("no choice named", "add --choice ID"))?;
            json!({ "answer": "choose", "choice": choice })
        }
        Verb::More => json!({ "answer": "more" }),
        Verb::Manual => json!({ "answer": "manual" }),
        Verb::Items => {
            let items: Vec<_> = args.item.iter().map(|item| json!({ "item": item, "approve": true })).collect();
            json!({ "answer": "items", "items": items })
        }
        Verb::Skip => json!({ "answer": "skip" }),
        Verb::Cancel => json!({ "answer": "cancel" }),
    };
    if let (Some(note), Some(body)) = (&args.note, body.as_object_mut()) {
        body.insert("note".to_owned(), json!(note));
    }
    if let (true, Some(body)) = (args.irrelevant, body.as_object_mut()) {
        body.insert("irrelevant".to_owned(), json!(true));
    }
    Ok(body)
}

fn edit(text: &str) -> anyhow::Result<Value> {
    let parts = text.split_once('=').and_then(|(place, value)| Some((place.split_once(':')?, value)));
    let ((effect, pointer), value) = parts.ok_or_else(|| {
        hinted(format!("`{text}` is not an edit"), "write <effect>:<pointer>=<value>, as in email:/subject=Hello")
    })?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    Ok(json!({ "effect": effect, "pointer": pointer, "value": value }))
}

/// The card as text, whole.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn card(card: &Card) -> anyhow::Result<()> {
    render::line(format!("┌ {}", render::strong(&card.heading)))?;
    if let Some(raised_by) = &card.raised_by {
        render::line(format!("│ {}", render::faint(&format!("raised by {raised_by}"))))?;
    }
    for part in &card.parts {
        self::part(part)?;
    }
    if !card.comment.is_empty() || !card.comment_title.is_empty() {
        render::line(format!("│ {}", render::faint(&format!("{} says: {}", card.asked_by, card.comment_title))))?;
        for text in card.comment.lines() {
            render::line(format!("│   {}", render::faint(text)))?;
        }
        for field in &card.comment_fields {
            render::line(format!("│   {}", render::faint(&format!("{}: {}", field.label, field.value))))?;
        }
    }
    render::line("└")
}

/// How the question can be answered from here: its ids and places.
fn ways(approval: &ApprovalView) -> anyhow::Result<()> {
    let verb = match approval.pattern.as_str() {
        "choose" => "choose --choice",
        "batch" => "items --item",
        _ => "approve",
    };
    let ids: Vec<&str> = approval.card.parts.iter().map(|part| part.id.as_str()).filter(|id| !id.is_empty()).collect();
    render::line(render::faint(&format!("answer with: {verb} {}", ids.join(" | "))))?;
    for effect in approval.card.parts.iter().flat_map(|part| &part.effects) {
        for place in &effect.editable {
            render::line(render::faint(&format!("may be edited: {}:{}  ({})", effect.id, place.pointer, place.label)))?;
        }
    }
    Ok(())
}

fn part(part: &CardPart) -> anyhow::Result<()> {
    if !part.label.is_empty() {
        let mark = if part.marked { "●" } else { "○" };
        render::line(format!("│ {mark} {}", render::strong(&part.label)))?;
    }
    for effect in &part.effects {
        for line in effect.lines.iter().filter(|line| line.was.is_some() || !line.value.is_empty()) {
            match &line.was {
                Some(was) => render::line(format!("│   {:<10} {was} → {}", line.label, line.value))?,
                None if line.multiline => {
                    render::line(format!("│   {}", line.label))?;
                    for text in line.value.lines() {
                        render::line(format!("│     {text}"))?;
                    }
                }
                None => render::line(format!("│   {:<10} {}", line.label, line.value))?,
            }
        }
        render::line(format!("│   {}", render::faint(&effect.digest)))?;
    }
    Ok(())
}
