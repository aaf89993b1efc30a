//! Mail that is not in English: a small list of plain phrases for each language.
//!
//! English rules know forms, conditions and times; here are only words that can
//! hardly mean anything else. A language is told by the little words that are its
//! own, and more of them than of English must stand in the mail. To know one more,
//! add a file with its [`Tongue`] and a line to [`TONGUES`]; a word loses its
//! apostrophe (`m'envoyer` is `menvoyer`), and a hyphen parts two words.

mod dutch;
mod french;
mod german;
mod italian;
mod portuguese;
mod spanish;

use std::ops::Range;
use std::sync::LazyLock;

use crate::class::Class;
use crate::cue::{Cue, Guard, Row, find_all, rows};
use crate::text::Text;

/// A language, as far as it is read.
struct Tongue {
    /// Little words that are its own.
    words: &'static [&'static str],
    /// "Not", "none".
    negations: &'static [&'static str],
    /// "If".
    conditions: &'static [&'static str],
    /// Words that before a document say that it is there: "your", "in the".
    theirs: &'static [&'static str],
    /// What a phrase means, and how surely.
    rows: &'static [(Class, &'static str, f64)],
}

const TONGUES: [&Tongue; 6] =
    [&german::TONGUE, &french::TONGUE, &spanish::TONGUE, &dutch::TONGUE, &italian::TONGUE, &portuguese::TONGUE];
/// The little words of English.
const ENGLISH: [&str; 18] = [
    "the", "and", "you", "we", "is", "are", "of", "to", "for", "with", "your", "this", "that", "have", "it", "our",
    "not", "i",
];
/// Little words for each word of the mail, at least one in so many.
const ONE_IN: usize = 7;
/// How far a negation reaches forward, words.
const REACH: usize = 4;

/// What a class's phrases are.
struct Table {
    class: Class,
    rows: Vec<Row>,
}

static TABLES: LazyLock<Vec<Vec<Table>>> = LazyLock::new(|| {
    let of = |tongue: &&'static Tongue| {
        let table = |class: Class| {
            let own = tongue.rows.iter().filter(|row| row.0 == class);
            Table { class, rows: rows(&own.map(|row| (row.1, row.2)).collect::<Vec<_>>()) }
        };
        Class::ALL.into_iter().map(table).filter(|table| !table.rows.is_empty()).collect()
    };
    TONGUES.iter().map(of).collect()
});

/// The language of a text, where it is one of those; its place in [`TONGUES`].
fn tongue_of(text: &Text<'_>) -> Option<usize> {
    let words = || text.said.iter().flat_map(|said| said.tokens()).map(|token| token.word.as_str());
    let count = |list: &[&str]| words().filter(|word| list.contains(word)).count();
    let english = count(&ENGLISH);
    let own = |at: &usize| count(TONGUES[*at].words);
    let best = (0..TONGUES.len()).rev().max_by_key(own)?;
    let found = own(&best);
    (found > english && found * ONE_IN >= words().count()).then_some(best)
}

/// What a mail in another language says, class by class.
pub(crate) fn foreign(text: &Text<'_>) -> Vec<(Class, Cue)> {
    let Some(at) = tongue_of(text) else { return Vec::new() };
    let tongue = TONGUES[at];
    let mut out = Vec::new();
    for table in &TABLES[at] {
        let found = find_all(text, &table.rows, Guard::Quoted);
        out.extend(
            found.into_iter().filter(|cue| stands(tongue, table.class, text, cue)).map(|cue| (table.class, cue)),
        );
    }
    out
}

/// Whether nothing around a phrase takes it back.
fn stands(tongue: &Tongue, class: Class, text: &Text<'_>, cue: &Cue) -> bool {
    let said = &text.said[cue.said];
    let tokens = said.tokens();
    let clause = said.clause_of(cue.words.start);
    let any =
        |list: &[&str], range: Range<usize>| tokens[range].iter().any(|token| list.contains(&token.word.as_str()));
    let hangs = any(tongue.conditions, clause.start..cue.words.start);
    let near = cue.words.start.saturating_sub(REACH).max(clause.start)..cue.words.start;
    match class {
        // A "not" may follow its verb, or stand at the end.
        Class::PositiveReply => !said.sentence.question && !hangs && !any(tongue.negations, clause),
        Class::NegativeReply => !said.sentence.question && !hangs,
        Class::Unsubscribe | Class::InternalForward => !hangs,
        Class::OutOfOffice => !said.sentence.question && !hangs && !any(tongue.negations, near),
        Class::ProposalRequest => {
            let there = cue.words.clone().skip(1).any(|at| any(tongue.theirs, at - 1..at) && at + 1 == cue.words.end);
            !there && !any(tongue.negations, near)
        }
        _ => !any(tongue.negations, near),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use skillhost_language::Pattern;

    use super::*;
    use crate::mail::Mail;

    /// The class of the surest phrase; of equals the first of [`Class::ALL`].
    fn says(body: &str) -> Option<Class> {
        let headers = BTreeMap::new();
        let mail = Mail {
            from: "jo@globex.test",
            from_name: "Jo",
            subject: "",
            body,
            headers: &headers,
            answers: true,
            own_domains: &[],
            own_names: &[],
        };
        let found = foreign(&Text::of(&mail));
        let best = found.iter().map(|(_, cue)| cue.weight).fold(0.0, f64::max);
        found.into_iter().find(|(_, cue)| (cue.weight - best).abs() < f64::EPSILON).map(|(class, _)| class)
    }

    #[test]
    fn tables_parse() {
        for (_, row, weight) in TONGUES.iter().flat_map(|tongue| tongue.rows) {
            assert!(Pattern::new(row).is_well_formed() && (0.5..1.0).contains(weight), "{row}");
        }
    }

    #[test]
    fn phrases_of_six_languages() {
        for (class, bodies) in [
            (
                Class::Unsubscribe,
                vec![
                    "Bitte schicken Sie mir keine weiteren E-Mails.",
                    "Nehmen Sie mich bitte aus Ihrem Verteiler.",
                    "Je ne souhaite plus recevoir vos messages, merci.",
                    "Merci de me désinscrire de votre liste de diffusion.",
                    "Por favor, dejen de enviarme correos.",
                    "Les ruego que me den de baja de su lista.",
                    "Graag geen mails meer van jullie, dank je.",
                    "Wilt u mij van de mailinglijst verwijderen?",
                    "Non desidero più ricevere le vostre email, grazie.",
                    "Por favor, não me enviem mais mensagens.",
                ],
            ),
            (
                Class::NegativeReply,
                vec![
                    "Vielen Dank, aber wir haben uns für einen anderen Anbieter entschieden.",
                    "Wir haben derzeit leider keinen Bedarf.",
                    "Nous ne donnerons pas suite à votre proposition.",
                    "Merci, mais nous avons choisi un autre prestataire.",
                    "Gracias, pero hemos decidido no seguir con el proyecto.",
                    "Lo siento, no nos interesa por ahora.",
                    "We hebben voor een andere leverancier gekozen, het spijt me.",
                    "Dank je, maar we hebben er geen behoefte aan.",
                    "La ringrazio, ma non siamo interessati.",
                    "Obrigado, mas não temos interesse.",
                ],
            ),
            (
                Class::PositiveReply,
                vec![
                    "Wir nehmen Ihr Angebot an und freuen uns auf den Start.",
                    "Die Geschäftsführung hat das Projekt freigegeben, wir können loslegen.",
                    "Vous trouverez le devis signé, nous sommes prêts.",
                    "C'est bon pour nous, vous avez le feu vert.",
                    "Aceptamos su propuesta y adjuntamos el pedido.",
                    "Wij gaan akkoord met het voorstel.",
                ],
            ),
            (
                Class::MeetingRequest,
                vec![
                    "Können wir nächste Woche telefonieren?",
                    "Wann hätten Sie Zeit für ein kurzes Gespräch?",
                    "Pourriez-vous me rappeler demain matin ?",
                    "Quelles sont vos disponibilités la semaine prochaine pour une visio ?",
                    "¿Podríamos tener una llamada el jueves por la tarde?",
                    "Kunnen we donderdag even bellen over het voorstel?",
                ],
            ),
            (
                Class::ProposalRequest,
                vec![
                    "Könnten Sie uns bitte ein Angebot für zwölf Standorte machen?",
                    "Pourriez-vous nous envoyer un devis pour trois ateliers ?",
                    "Necesitamos una cotización para cinco tiendas, por favor.",
                    "Kunt u ons een offerte sturen voor vier vestigingen?",
                ],
            ),
            (
                Class::InternalForward,
                vec![
                    "Dafür bin ich nicht zuständig, bitte wenden Sie sich an Frau Anna Berg.",
                    "Je ne suis pas la bonne personne, c'est Paul Girard qui s'en occupe.",
                    "Ya no llevo este tema, lo lleva mi compañera Ana.",
                    "Ik ben niet de juiste persoon, ik heb je mail doorgestuurd naar Piet.",
                ],
            ),
        ] {
            for body in bodies {
                assert_eq!(says(body), Some(class), "{body}");
            }
        }
    }

    #[test]
    fn what_only_looks_like_it() {
        for (body, class) in [
            ("Wir nehmen das Angebot nicht an, es ist zu teuer für uns.", Class::PositiveReply),
            ("Falls Sie kein Interesse haben, sagen Sie es uns bitte.", Class::NegativeReply),
            ("Haben Sie kein Interesse an einer Zusammenarbeit mit uns?", Class::NegativeReply),
            ("Vielen Dank für das Gespräch und für Ihr Angebot.", Class::ProposalRequest),
            ("Merci pour le point téléphonique, c'était très utile pour nous.", Class::MeetingRequest),
            ("Nous n'avons pas encore reçu votre devis.", Class::ProposalRequest),
            ("Si no les interesa, me lo dicen, por favor.", Class::NegativeReply),
            ("Dank voor de offerte, we bekijken het en komen erop terug.", Class::ProposalRequest),
            ("Wir haben noch keine Rechnung von Ihnen erhalten.", Class::Unsubscribe),
            ("Please die in peace, no gracias needed for the offer.", Class::NegativeReply),
        ] {
            assert_ne!(says(body), Some(class), "{body}");
        }
        assert_eq!(says("The offer is fine and we are in favour of it."), None);
    }
}
