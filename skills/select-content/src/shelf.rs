//! Which of the documents that are held answer what was asked.

use deal_record::{Candidate, Chosen, Fit, Setting, Verdict};
use skillhost_sdk::sources::Template;

use crate::Kind;

/// More than three documents are not read.
pub(crate) const MOST_CHOSEN: usize = 3;
/// Documents that are opened to see whether they hold anything: each is a read.
const MOST_OPENED: usize = 6;
/// Most documents that are named as not taken.
const MOST_OTHERS: usize = 20;
/// Longest text that is sent as it stands, characters; a longer one is a document.
const MAX_TEXT: usize = 6_000;

/// What a search gives.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Answers, the best first; whether they are held is still to be seen.
    pub(crate) fitting: Vec<Candidate>,
    /// What was not taken.
    pub(crate) others: Vec<Candidate>,
}

pub(crate) fn search(held: &[Template], setting: &Setting, kind: Kind, named: Option<&str>) -> Found {
    let named = named.map(str::trim).filter(|id| !id.is_empty());
    let mut answers: Vec<Candidate> = Vec::new();
    let mut lists: Vec<Candidate> = Vec::new();
    let mut others: Vec<Candidate> = Vec::new();
    for template in held {
        let mut candidate =
            Candidate { template_id: template.id.clone(), name: template.name.clone(), ..Candidate::default() };
        let verdict = Fit::of(template, setting);
        if let Some(named) = named {
            if template.id != named {
                candidate.reason = "a person named another".to_owned();
                others.push(candidate);
                continue;
            }
            candidate.why.push("a person named it".to_owned());
            match verdict {
                Verdict::Fits(fit) => candidate.why.extend(fit.why),
                Verdict::Excluded(reason) => candidate.why.push(format!("although {reason}")),
            }
            answers.push(candidate);
            continue;
        }
        match verdict {
            Verdict::Excluded(reason) => {
                candidate.reason = reason;
                others.push(candidate);
            }
            Verdict::Fits(fit) => {
                candidate.points = Some(fit.points);
                candidate.why = fit.why;
                match (fit.answers, kind) {
                    (true, _) => answers.push(candidate),
                    (false, Kind::Pricing) => lists.push(candidate),
                    (false, Kind::Content) => {
                        candidate.reason = "nothing of what was asked is in its name or tags".to_owned();
                        others.push(candidate);
                    }
                }
            }
        }
    }
    let better = |a: &Candidate, b: &Candidate| {
        b.points.cmp(&a.points).then_with(|| a.name.cmp(&b.name)).then_with(|| a.template_id.cmp(&b.template_id))
    };
    answers.sort_by(better);
    lists.sort_by(better);
    if answers.is_empty() && !setting.asked.is_empty() {
        // Who asks for prices and nothing in particular asks for the list, if it is one.
        let alone = lists.len() < 2 || lists[0].points > lists[1].points;
        if alone && !lists.is_empty() {
            let mut list = lists.remove(0);
            list.why.insert(0, "prices were asked for, and it fits best".to_owned());
            answers.push(list);
        }
        let reason = if alone { "another one fits better" } else { "another one fits as well" };
        lists.iter_mut().for_each(|list| list.reason = reason.to_owned());
    } else {
        lists.iter_mut().for_each(|list| list.reason = "nothing of what was asked is in its name or tags".to_owned());
    }
    others.extend(lists);
    others.truncate(MOST_OTHERS);
    answers.truncate(MOST_OPENED);
    Found { fitting: answers, others }
}

/// The document, if there is something of it to send.
pub(crate) fn held(template: &Template, candidate: Candidate) -> Result<Chosen, Candidate> {
    let url = template.url.as_deref().map(str::trim).filter(|url| is_address(url)).map(str::to_owned);
    let body = template.body.as_deref().map(str::trim).filter(|body| !body.is_empty());
    let text = body.filter(|body| body.chars().count() <= MAX_TEXT && !body.contains("{{") && !body.contains("{%"));
    match (&url, text) {
        (None, None) => {
            let reason = match body {
                Some(body) if body.contains("{{") || body.contains("{%") => "its text has variables to fill in",
                Some(_) => "its text is too long for a mail, and it has no address",
                None => "the org holds neither a text nor an address of it",
            };
            Err(Candidate { reason: reason.to_owned(), ..candidate })
        }
        // The document itself is better than its text.
        (url, text) => Ok(Chosen {
            template_id: candidate.template_id,
            name: candidate.name,
            description: template.description.trim().to_owned(),
            text: if url.is_some() { None } else { text.map(str::to_owned) },
            url: url.clone(),
            version: template.version.clone(),
            why: candidate.why,
            points: candidate.points.unwrap_or_default(),
        }),
    }
}

/// Whether it can stand in a mail as a link.
fn is_address(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty())
        && !url.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Why nothing was chosen.
pub(crate) fn why_nothing(kind: Kind, held: usize, asked: bool, others: &[Candidate]) -> String {
    let what = match kind {
        Kind::Content => "documents",
        Kind::Pricing => "price lists",
    };
    if held == 0 && others.is_empty() {
        return format!("the org holds no {what}");
    }
    if !asked {
        return "nothing says what was asked for".to_owned();
    }
    match held {
        0 => format!("the org holds no {what}, and no price of what was named"),
        1 => "the one that is held does not answer what was asked".to_owned(),
        n => format!("none of the {n} {what} answers what was asked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deal_record::Topics;

    fn template(id: &str, tags: &[&str]) -> Template {
        Template {
            id: id.to_owned(),
            name: format!("Paper {id}"),
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
            ..Template::default()
        }
    }

    fn setting(asked: &str) -> Setting {
        Setting { asked: Topics::of(asked), ..Setting::default() }
    }

    fn ids(found: &Found) -> Vec<&str> {
        found.fitting.iter().map(|one| one.template_id.as_str()).collect()
    }

    #[test]
    fn only_what_was_asked_for_answers() {
        let held = [template("s", &["security"]), template("c", &["case study"])];
        let found = search(&held, &setting("can you send me your case studies"), Kind::Content, None);
        assert_eq!(ids(&found), ["c"]);
        assert_eq!(found.others[0].reason, "nothing of what was asked is in its name or tags");
        assert!(search(&held, &setting("send me more material"), Kind::Content, None).fitting.is_empty());
    }

    #[test]
    fn the_price_list_answers_who_asks_for_prices() {
        let held = [template("a", &["enterprise"]), template("b", &["starter"])];
        let found = search(&held, &setting("what does starter cost"), Kind::Pricing, None);
        assert_eq!(ids(&found), ["b"]);
        assert_eq!(ids(&search(&held[..1], &setting("what does it cost"), Kind::Pricing, None)), ["a"]);
        let found = search(&held, &setting("what does it cost"), Kind::Pricing, None);
        assert_eq!((ids(&found), found.others[0].reason.as_str()), (vec![], "another one fits as well"));
        assert!(search(&held[..1], &setting(""), Kind::Pricing, None).fitting.is_empty());
    }

    #[test]
    fn a_person_decides() {
        let held = [template("a", &["security"]), Template { language: "de".into(), ..template("b", &[]) }];
        let found = search(&held, &setting("security please"), Kind::Content, Some("b"));
        assert_eq!(ids(&found), ["b"]);
        assert_eq!(found.fitting[0].why, ["a person named it", "although it is in another language (de)"]);
    }

    #[test]
    fn what_is_not_held_is_not_sent() {
        let one = Candidate { template_id: "s".into(), ..Candidate::default() };
        for (url, body, ok) in [
            (Some("https://acme.test/s.pdf"), None, true),
            (None, Some("Our answer."), true),
            (Some("http://acme.test/s.pdf"), None, false),
            (Some("javascript:alert(1)"), None, false),
            (Some("https://acme.test/a b"), None, false),
            (None, Some("Dear {{name}}"), false),
            (None, Some(" "), false),
            (None, None, false),
        ] {
            let template =
                Template { url: url.map(str::to_owned), body: body.map(str::to_owned), ..template("s", &[]) };
            assert_eq!(super::held(&template, one.clone()).is_ok(), ok, "{url:?} {body:?}");
        }
        let long = Template { body: Some("a".repeat(MAX_TEXT + 1)), ..template("s", &[]) };
        assert!(super::held(&long, one).is_err());
    }
}
