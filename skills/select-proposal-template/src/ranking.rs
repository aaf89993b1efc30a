//! Which of those that fit.

use deal_record::{Candidate, Fit, Setting, Verdict};
use skillhost_sdk::sources::Template;

use crate::Output;

/// Most templates that are named beside the choice.
const MOST_OTHERS: usize = 20;

fn candidate(template: &Template, fit: &Fit, reason: impl Into<String>) -> Candidate {
    Candidate {
        template_id: template.id.clone(),
        name: template.name.clone(),
        why: fit.why.clone(),
        points: Some(fit.points),
        reason: reason.into(),
    }
}

fn excluded(template: &Template, reason: String) -> Candidate {
    Candidate { template_id: template.id.clone(), name: template.name.clone(), reason, ..Candidate::default() }
}

fn nothing(reason: String) -> Output {
    Output {
        template_id: None,
        name: None,
        version: None,
        why: Vec::new(),
        against: Vec::new(),
        points: 0,
        second: None,
        undecided: Vec::new(),
        others: Vec::new(),
        reason: Some(reason),
        asked: Vec::new(),
        deal_id: None,
        contact_id: None,
    }
}

fn taken(template: &Template, why: Vec<String>, points: u32) -> Output {
    Output {
        template_id: Some(template.id.clone()),
        name: Some(template.name.clone()),
        version: Some(template.version.clone()),
        why,
        points,
        reason: None,
        ..nothing(String::new())
    }
}

/// The choice; words and ids are the caller's to add.
pub(crate) fn choose(held: &[Template], setting: &Setting, named: Option<&str>) -> Output {
    let held: Vec<&Template> =
        held.iter().filter(|template| template.kind.is_empty() || template.kind == "proposal").collect();
    if let Some(id) = named.map(str::trim).filter(|id| !id.is_empty()) {
        return by_name(&held, setting, id);
    }
    let mut fitting: Vec<(&Template, Fit)> = Vec::new();
    let mut others: Vec<Candidate> = Vec::new();
    for template in held.iter().copied() {
        match Fit::of(template, setting) {
            Verdict::Fits(fit) => fitting.push((template, fit)),
            Verdict::Excluded(reason) => others.push(excluded(template, reason)),
        }
    }
    // Names last, so that the order does not depend on who stored them when.
    fitting.sort_by(|(a, x), (b, y)| {
        y.points.cmp(&x.points).then_with(|| a.name.cmp(&b.name)).then_with(|| a.id.cmp(&b.id))
    });
    let best = fitting.first().map_or(0, |(_, fit)| fit.points);
    let equal = fitting.iter().filter(|(_, fit)| fit.points == best).count();
    others.truncate(MOST_OTHERS);
    match equal {
        0 => {
            let reason = match held.len() {
                0 => "no proposal template is held".to_owned(),
                1 => "the one proposal template that is held does not fit".to_owned(),
                n => format!("none of the {n} proposal templates fits"),
            };
            Output { others, ..nothing(reason) }
        }
        1 => {
            let (template, fit) = &fitting[0];
            let behind = |other: &Fit| format!("{} points against {best}", other.points);
            let mut rest = fitting[1..].iter().map(|(template, fit)| candidate(template, fit, behind(fit)));
            let second = rest.next();
            others.splice(0..0, rest);
            others.truncate(MOST_OTHERS);
            let why = if fit.why.is_empty() { vec!["it is for every deal".to_owned()] } else { fit.why.clone() };
            Output { second, others, ..taken(template, why, fit.points) }
        }
        n => {
            let undecided =
                fitting[..n].iter().map(|(template, fit)| candidate(template, fit, "fits as well")).collect();
            let names: Vec<String> = fitting[..n].iter().map(|(template, _)| format!("“{}”", template.name)).collect();
            let reason = format!("{} fit equally well; which one is for a person to say", names.join(" and "));
            Output { undecided, others, ..nothing(reason) }
        }
    }
}

fn by_name(held: &[&Template], setting: &Setting, id: &str) -> Output {
    let Some(template) = held.iter().find(|template| template.id == id) else {
        return nothing("the proposal template that was named is not held".to_owned());
    };
    let mut why = vec!["a person named it".to_owned()];
    match Fit::of(template, setting) {
        Verdict::Fits(fit) => {
            why.extend(fit.why);
            taken(template, why, fit.points)
        }
        Verdict::Excluded(reason) => Output { against: vec![reason], ..taken(template, why, 0) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(id: &str, industries: &[&str]) -> Template {
        Template {
            id: id.to_owned(),
            kind: "proposal".to_owned(),
            name: format!("Template {id}"),
            industries: industries.iter().map(|&name| name.to_owned()).collect(),
            ..Template::default()
        }
    }

    fn setting() -> Setting {
        Setting { industry: Some("Logistics".to_owned()), ..Setting::default() }
    }

    #[test]
    fn the_special_one_is_before_the_general_one() {
        let output = choose(&[template("general", &[]), template("logistics", &["Logistics"])], &setting(), None);
        assert_eq!(output.template_id.as_deref(), Some("logistics"));
        let second = output.second.map(|second| (second.template_id, second.reason));
        assert_eq!(second, Some(("general".to_owned(), "0 points against 3".to_owned())));
    }

    #[test]
    fn equal_ones_are_not_decided_between_in_any_order() {
        let mut held = vec![template("a", &["Logistics"]), template("b", &["Logistics"]), template("c", &[])];
        for _ in 0..held.len() {
            held.rotate_left(1);
            let output = choose(&held, &setting(), None);
            assert_eq!(output.template_id, None);
            let ids: Vec<&str> = output.undecided.iter().map(|one| one.template_id.as_str()).collect();
            assert_eq!(ids, ["a", "b"]);
        }
    }

    #[test]
    fn a_named_one_is_taken_with_what_speaks_against_it() {
        let held = [template("retail", &["Retail"])];
        let output = choose(&held, &setting(), Some("retail"));
        assert_eq!(output.template_id.as_deref(), Some("retail"));
        assert_eq!(output.against, ["it is for Retail, not Logistics"]);
        assert_eq!(choose(&held, &setting(), Some("gone")).template_id, None);
        assert_eq!(
            choose(&held, &setting(), None).reason.as_deref(),
            Some("the one proposal template that is held does not fit")
        );
    }
}
