//! How a template fits a deal.
//!
//! A restriction that cannot be shown to hold excludes: a template for retail does
//! not fit a company whose industry nobody knows. What holds, and what was asked
//! for, gives points; each point has its reason in words. To weigh one more thing,
//! add it to [`Setting`], a constant here, and a line in [`Fit::of`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::{Company, Deal, Template};

use crate::money::money;
use crate::topic::{Topics, telling};

/// A tag that was asked for: it is why this is sent at all.
const ASKED_TAG: u32 = 4;
/// The industry is named by the template.
const INDUSTRY: u32 = 3;
/// The stage is named by the template.
const STAGE: u32 = 2;
/// The amount is within what the template names.
const SIZE: u32 = 2;
/// A tag was spoken of, and not asked for.
const SPOKEN_TAG: u32 = 1;
/// A telling word of name or description was asked for.
const ASKED_WORD: u32 = 1;
/// More of the same kind of hit says no more.
const MOST_OF_A_KIND: usize = 3;

/// What a template is held against.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// The company's industry.
    pub industry: Option<String>,
    /// Where the deal stands, and the stage after it: what is sent now is read then.
    pub stages: Vec<String>,
    /// The deal's amount.
    pub amount: Option<(i64, String)>,
    /// The words that ask.
    pub asked: Topics,
    /// What else was spoken of.
    pub spoken: Topics,
}

impl Setting {
    /// Of a deal and its company; the words are added by who has read them.
    pub fn of(deal: Option<&Deal>, company: Option<&Company>) -> Self {
        let known = |text: &String| !text.trim().is_empty();
        let stages = deal.into_iter().flat_map(|deal| [Some(deal.stage.as_str()), deal.next_stage()]);
        Self {
            industry: company.and_then(|company| company.industry.clone()).filter(known),
            stages: stages.flatten().filter(|stage| !stage.is_empty()).map(str::to_owned).collect(),
            amount: deal.and_then(|deal| Some((deal.amount_cents?, deal.currency.clone()?))),
            ..Self::default()
        }
    }
}

/// How well a template fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// More is better.
    pub points: u32,
    /// Why, the weightiest first.
    pub why: Vec<String>,
    /// Something of what was asked for is in it.
    pub answers: bool,
}

/// Whether it may be used at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may, and this well.
    Fits(Fit),
    /// It may not; why, in words.
    Excluded(String),
}

fn same_words(a: &str, b: &str) -> bool {
    let (a, b) = (telling(a), telling(b));
    !a.is_empty() && !b.is_empty() && (a.is_subset(&b) || b.is_subset(&a))
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

impl Fit {
    /// Holds a template against a setting.
    pub fn of(template: &Template, setting: &Setting) -> Verdict {
        let mut fit = Self::default();
        let language = template.language.trim().to_lowercase();
        if !(language.is_empty() || language == "en" || language.starts_with("en-")) {
            return Verdict::Excluded(format!("it is in another language ({})", template.language.trim()));
        }
        if !template.industries.is_empty() {
            match &setting.industry {
                None => {
                    let industries = list(&template.industries);
                    return Verdict::Excluded(format!("it is for {industries}, and their industry is not known"));
                }
                Some(industry) if template.industries.iter().any(|named| same_words(named, industry)) => {
                    fit.add(INDUSTRY, format!("it is for {industry}"));
                }
                Some(industry) => {
                    return Verdict::Excluded(format!("it is for {}, not {industry}", list(&template.industries)));
                }
            }
        }
        if !template.stages.is_empty() {
            let meant = |stage: &&String| template.stages.iter().any(|named| named.trim().eq_ignore_ascii_case(stage));
            match (setting.stages.iter().find(meant), setting.stages.first()) {
                (Some(stage), _) => fit.add(STAGE, format!("it is for the stage {stage}")),
                (None, Some(stage)) => {
                    return Verdict::Excluded(format!(
                        "it is for the stage {}, and the deal is in {stage}",
                        list(&template.stages)
                    ));
                }
                (None, None) => {
                    let stages = list(&template.stages);
                    return Verdict::Excluded(format!("it is for the stage {stages}, and no deal is known"));
                }
            }
        }
        if template.min_cents.is_some() || template.max_cents.is_some() {
            match within(template, setting) {
                Ok(why) => fit.add(SIZE, why),
                Err(why) => return Verdict::Excluded(why),
            }
        }
        fit.topics(template, setting);
        Verdict::Fits(fit)
    }

    fn add(&mut self, points: u32, why: String) {
        self.points += points;
        self.why.push(why);
    }

    fn topics(&mut self, template: &Template, setting: &Setting) {
        let is_asked = |tag: &&String| setting.asked.mention(tag) && !is_form(tag);
        let asked: Vec<&String> = template.tags.iter().filter(is_asked).take(MOST_OF_A_KIND).collect();
        for tag in &asked {
            self.add(ASKED_TAG, format!("“{tag}” was asked for"));
        }
        let is_spoken = |tag: &&String| !is_asked(tag) && !is_form(tag) && setting.spoken.mention(tag);
        for tag in template.tags.iter().filter(is_spoken).take(MOST_OF_A_KIND) {
            self.add(SPOKEN_TAG, format!("“{tag}” was spoken of"));
        }
        let tagged = telling(&template.tags.join(" "));
        let words: Vec<String> = setting
            .asked
            .shared(&format!("{} {}", template.name, template.description))
            .into_iter()
            .filter(|word| !tagged.contains(word) && !is_form(word))
            .take(MOST_OF_A_KIND)
            .collect();
        for word in &words {
            self.add(ASKED_WORD, format!("what was asked names “{word}”"));
        }
        self.answers = !asked.is_empty() || !words.is_empty();
    }
}

/// Whether the deal's amount is what the template is for: why, or why not.
fn within(template: &Template, setting: &Setting) -> Result<String, String> {
    let shown = |cents: i64, currency: &str| {
        money(cents, currency).unwrap_or_else(|| format!("{cents} hundredths of {currency}"))
    };
    let Some((amount, currency)) = &setting.amount else {
        return Err("it is for deals of a certain size, and the deal has no amount".to_owned());
    };
    match (template.min_cents, template.max_cents) {
        (Some(min), _) if *amount < min => {
            Err(format!("it is for deals from {}, and this one is {}", shown(min, currency), shown(*amount, currency)))
        }
        (_, Some(max)) if *amount > max => {
            Err(format!("it is for deals up to {}, and this one is {}", shown(max, currency), shown(*amount, currency)))
        }
        _ => Ok(format!("the amount of {} is within its range", shown(*amount, currency))),
    }
}

/// Words for the thing itself: that a proposal is called one says nothing about
/// which of them is meant.
#[rustfmt::skip]
const FORM_WORDS: [&str; 20] = [
    "proposal", "quote", "offer", "document", "template", "information", "info", "material", "content", "pricing",
    "price", "paper", "sheet", "deck", "overview", "detail", "standard", "general", "customer", "deal",
];

fn is_form(text: &str) -> bool {
    telling(text).iter().all(|word| FORM_WORDS.contains(&word.as_str()))
}

/// A template that was looked at and not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Candidate {
    /// Which.
    pub template_id: String,
    /// Its name.
    pub name: String,
    /// What speaks for it, where it fits.
    pub why: Vec<String>,
    /// Its points, where it fits.
    pub points: Option<u32>,
    /// Why it was not taken.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> Setting {
        Setting {
            industry: Some("Food Logistics".into()),
            stages: vec!["qualified".into(), "proposal".into()],
            amount: Some((4_800_000, "USD".into())),
            asked: Topics::of("can you send me a proposal with the data migration in it"),
            spoken: Topics::of("our audit is in May"),
        }
    }

    fn points(template: &Template, setting: &Setting) -> Result<u32, String> {
        match Fit::of(template, setting) {
            Verdict::Fits(fit) => Ok(fit.points),
            Verdict::Excluded(why) => Err(why),
        }
    }

    #[test]
    fn every_restriction_that_holds_counts() {
        let all = Template {
            tags: vec!["data migration".into(), "audit".into()],
            industries: vec!["logistics".into()],
            stages: vec!["Proposal".into()],
            max_cents: Some(5_000_000),
            ..Template::default()
        };
        assert_eq!(points(&all, &setting()), Ok(ASKED_TAG + SPOKEN_TAG + INDUSTRY + STAGE + SIZE));
        assert_eq!(points(&Template::default(), &setting()), Ok(0));
    }

    #[test]
    fn a_restriction_that_cannot_be_shown_excludes() {
        let nothing = Setting::default();
        for (template, part) in [
            (Template { industries: vec!["Retail".into()], ..Template::default() }, "their industry is not known"),
            (Template { stages: vec!["proposal".into()], ..Template::default() }, "no deal is known"),
            (Template { min_cents: Some(1), ..Template::default() }, "has no amount"),
            (Template { language: "de".into(), ..Template::default() }, "another language"),
        ] {
            assert!(points(&template, &nothing).unwrap_err().contains(part), "{part}");
        }
        let small = Template { max_cents: Some(4_799_999), ..Template::default() };
        let why = points(&small, &setting()).unwrap_err();
        assert_eq!(why, "it is for deals up to $47,999.99, and this one is $48,000.00");
    }

    #[test]
    fn the_words_for_a_document_do_not_tell_one_from_another() {
        let named = Template { name: "Standard proposal".into(), ..Template::default() };
        assert_eq!(points(&named, &setting()), Ok(0));
        let tagged = Template { tags: vec!["proposal".into()], ..Template::default() };
        assert_eq!(points(&tagged, &setting()), Ok(0));
        let told = Template { description: "With a part on migration".into(), ..Template::default() };
        assert_eq!(points(&told, &setting()), Ok(ASKED_WORD));
    }
}
