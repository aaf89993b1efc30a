//! A letter that sells to us: somebody else's campaign, without the headers of one.
//!
//! One sign is not enough, as whoever tells what their company does may use the same
//! words; three of them in a letter that answers nothing are a campaign.

use std::sync::LazyLock;

use skillhost_language::{Pattern, table};

use crate::mail::{Mail, bare_subject};
use crate::text::Text;

/// What they do for "teams like yours".
#[rustfmt::skip]
const SELLS: &[&str] = &[
    "we|i ~2 help|helped|helping|work|working|worked|partner|support ~1 with? ~2 companies|teams|businesses|founders|agencies|firms|brands|organisations|organizations|startups|reps|leaders ~3 like|such|in|to|book|get|generate|scale|grow|increase|save",
    "companies|teams|businesses|founders|agencies|firms|brands|organisations|organizations like yours|fernwell",
    "done for you",
    "qualified|extra|more|new demos|leads|appointments|meetings|pipeline|opportunities",
    "book|generate|deliver|guarantee ~4 demos|leads|appointments|meetings|pipeline",
    "our agency|platform|service|team|software|experts ~4 help|helps|can ~1 help|boost|increase|save|rank|generate",
    "free|complimentary|no obligation audit|trial|sample|analysis|assessment",
    "no long? ~1 contracts|commitment|obligation|strings",
    "first page|rank|ranking ~3 google",
    "we|i ~1 built|created|developed|launched|designed ~6 to|that|for ~3 fix|solve|help|save|automate|exactly",
    "teams|companies|customers|clients|firms|reps like _ ~3 saved|saw|cut|doubled|grew|use|increased|reduced|switched",
    "save|saved|saves|cut|boost|increase|grow|reduce|double|doubled|tripled ~4 #|percent|revenue|hours|pipeline",
    "most ~3 leaders|teams|companies|founders|managers|reps ~4 tell|struggle|waste|spend|face|say",
    "without ~1 hiring|hassle|lifting",
    "companies|teams|businesses|firms|leaders|people in ~1 your|this|the ~1 space|industry|sector|field",
    "we ~2 offer|provide|supply|deliver ~3 price|prices|quality|delivery|service|solutions|range",
    "years ~2 experience",
    "worldwide|global|leading|trusted provider|supplier|manufacturer|agency|partner|by",
    "results guaranteed|or",
    "case study|studies ~6 like|similar",
];
/// How such letters open and end.
#[rustfmt::skip]
const FORMS: &[&str] = &[
    "reply|respond|answer|say|write ~2 no|stop ~4 stop|will|bugging|bother|bothering|close|never|not",
    "not|no ~3 a? fit|interest|relevant ~6 reply|respond|say|let me know",
    "saw|noticed|came|congrats|congratulations|read|loved ~3 that|across|on|your ~3 hiring|raised|funding|website|linkedin|profile|post|company|growth|expanding|launched|round",
    "bugging|bothering you",
    "are you the right|best person",
    "worth a ~1 quick|short|brief ~1 chat|call|conversation|look",
    "free|open|available|up for|to ~4 chat|call|conversation|demo|intro|learning|exploring|more",
    "reaching|reach out ~1 because|to|as|since|from",
    "if you ~2 have|need ~1 any ~2 requirement|requirements|need|needs|inquiry|enquiry|interest",
    "quick|short question|one about|for|on",
    "# min|minute|minutes|mins ~1 chat|call|intro|demo",
    "is not|are not for you|interested|relevant|right ~4 reply|respond|say|let|just",
    "not ~2 right person ~4",
    "if ~1 interested|keen|curious ~3 reply|grab|book|click|let",
    "grab|book|pick a|some? ~1 time|slot",
    "circling|bumping|following ~1 back|this|up ~6 inbox|last|previous|earlier|top",
];
/// Fewest signs of a campaign.
const SIGNS: usize = 3;

struct Tables {
    sells: Vec<Pattern>,
    forms: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables { sells: table(SELLS), forms: table(FORMS) });

/// Whether a letter that answers nothing sells to us.
pub(crate) fn is_pitch(text: &Text<'_>, mail: &Mail<'_>) -> bool {
    let subject = mail.subject.trim();
    let answers = bare_subject(subject).len() < subject.len() || !text.parts.quoted.is_empty();
    let count = |rows: &[Pattern]| {
        rows.iter().filter(|row| text.said.iter().any(|said| row.find(said.tokens()).is_some())).count()
    };
    let (sells, forms) = (count(&TABLES.sells), count(&TABLES.forms));
    // A campaign may pose as an answer.
    let poses = answers && text.parts.quoted.is_empty();
    let least = if poses { SIGNS + 2 } else { SIGNS };
    (!answers || poses) && sells >= 1 && forms >= 1 && sells + forms >= least
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn is(subject: &str, body: &str) -> bool {
        let headers = BTreeMap::new();
        let mail = Mail {
            from: "jo@globex.test",
            from_name: "Jo",
            subject,
            body,
            headers: &headers,
            answers: true,
            own_domains: &[],
            own_names: &[],
        };
        is_pitch(&Text::of(&mail), &mail)
    }

    #[test]
    fn tables_parse() {
        assert!(TABLES.sells.iter().chain(&TABLES.forms).all(Pattern::is_well_formed));
    }

    #[test]
    fn campaigns_and_people() {
        let pitch = "I noticed your company is hiring. We help teams like yours get more leads. Open to a quick chat?";
        assert!(is("Your pipeline", pitch));
        let answer = format!("{pitch}\n\nOn Mon, 16 Nov 2026 at 16:20, Ada <ada@acme.test> wrote:\n> Hello\n");
        assert!(!is("Re: Your pipeline", &answer));
        assert!(!is("Re: Your pipeline", "We help companies like yours. Open to a quick chat?"));
        for body in [
            "We help companies like yours with their accounts, and we need a monitoring system. Could we have a call?",
            "I saw on your website that you do cold stores. Are you open to a call on Thursday?",
            "We are a team of nine. Worth a quick chat on Friday?",
        ] {
            assert!(!is("Cold stores", body), "{body}");
        }
    }
}
