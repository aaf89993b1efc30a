//! What speech recognition makes of speech, read as it was meant.
//!
//! Words run together ("ill send", "its a mess"), letters split off ("we ll"),
//! stutters and broken-off starts. A word is taken apart only where its neighbours
//! leave no other reading: "ill" is an illness too, and "well" mostly a pause.
//!
//! To take one more word apart, add an arm to [`apart`].

use crate::token::{Gap, Token};
use crate::wordset::print;

/// Short words that look like a broken-off start of the next one but are not.
const SHORT_WORDS: &[&str] = &[
    "a", "i", "an", "am", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no", "of",
    "on", "or", "so", "to", "up", "us", "we", "vp", "hr", "qa", "pm", "q1", "q2", "q3", "q4",
];

/// Where the second half of a word that was run together begins.
enum Cut {
    /// After so many bytes.
    After(usize),
    /// So many bytes before the end.
    Before(usize),
}

/// Takes apart what speech recognition writes without its apostrophe, and joins what
/// it splits, where the words beside it leave no doubt.
pub(crate) fn unglue(mut tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for index in 0..tokens.len() {
        let token = &tokens[index];
        let next = tokens.get(index + 1).map_or("", |t| t.word.as_str());
        let before = out.last().map_or("", |t| t.word.as_str());
        if let Some(whole) = split_off(before, &token.word, token.gap) {
            out.push(Token { word: whole.to_owned(), print: print(whole), ..token.clone() });
            continue;
        }
        if token.word == "t" && token.gap == Gap::None && before.len() > 2 && NEGATED.contains(&before) {
            // "Don t": the verb without its last letter, and the negation that it lost.
            if let Some(last) = out.last_mut() {
                last.word = match last.word.as_str() {
                    "won" => "will".to_owned(),
                    "can" => "can".to_owned(),
                    word => word.trim_end_matches('n').to_owned(),
                };
                last.print = print(&last.word);
            }
            out.push(Token { word: "not".to_owned(), print: print("not"), ..token.clone() });
            continue;
        }
        let to_speaker = tokens.get(index + 2).is_some_and(|t| matches!(t.word.as_str(), "me" | "us"));
        let cut = apart(before, &token.word, next).filter(|(first, ..)| !(to_speaker && *first == "we"));
        let Some((first, second, cut)) = cut else {
            out.push(tokens[index].taken());
            continue;
        };
        let split = match cut {
            Cut::After(bytes) => token.start + bytes,
            Cut::Before(bytes) => token.end - bytes,
        };
        out.push(Token { word: first.to_owned(), print: print(first), end: split, ..token.clone() });
        out.push(Token {
            word: second.to_owned(),
            print: print(second),
            start: split,
            gap: Gap::None,
            ..token.clone()
        });
    }
    out
}

/// Verbs that lose an "n't" to a space.
const NEGATED: &[&str] = &[
    "don", "doesn", "didn", "won", "can", "isn", "aren", "wasn", "weren", "couldn", "wouldn", "shouldn", "haven",
    "hasn", "hadn",
];

/// The end of a contraction that stands alone: "we ll send".
fn split_off(before: &str, word: &str, gap: Gap) -> Option<&'static str> {
    let subject = matches!(before, "i" | "we" | "you" | "they" | "he" | "she" | "it" | "that");
    if !subject || gap != Gap::None {
        return None;
    }
    match (word, before) {
        ("ll", _) => Some("will"),
        ("ve", "i" | "we" | "you" | "they") => Some("have"),
        ("re", "we" | "you" | "they") => Some("are"),
        ("m", "i") => Some("am"),
        ("d", _) => Some("would"),
        _ => None,
    }
}

/// The two words that one written together stands for.
fn apart(before: &str, word: &str, next: &str) -> Option<(&'static str, &'static str, Cut)> {
    /// Between "I'll" and its verb.
    const ADVERBS: &[&str] = &["just", "also", "definitely", "probably", "then", "personally", "gladly", "be", "try"];
    /// After these "ill" is an illness.
    const SICK: &[&str] = &["am", "been", "fell", "feel", "felt", "feeling", "mentally", "very", "seriously"];
    /// After these "well" belongs to what was done.
    const DONE: &[&str] = &[
        "is", "are", "was", "be", "so", "very", "really", "as", "pretty", "quite", "too", "not", "works", "work", "go",
        "goes",
    ];
    let verb_follows = || crate::lexicon::is_base_verb(next);
    let third_person = matches!(before, "it" | "that" | "which" | "this" | "he" | "she");
    match word {
        "ill" if (verb_follows() || ADVERBS.contains(&next)) && !SICK.contains(&before) => {
            Some(("i", "will", Cut::After(1)))
        }
        "lets" if verb_follows() && !third_person => Some(("let", "us", Cut::Before(1))),
        "well" if is_sent(next) && !DONE.contains(&before) => Some(("we", "will", Cut::After(2))),
        "id" if matches!(
            next,
            "like"
                | "love"
                | "need"
                | "want"
                | "prefer"
                | "rather"
                | "say"
                | "appreciate"
                | "have"
                | "be"
                | "also"
                | "really"
                | "just"
        ) && !matches!(
            before,
            "the" | "an" | "a" | "your" | "my" | "user" | "customer" | "order" | "no" | "photo"
        ) =>
        {
            Some(("i", "would", Cut::After(1)))
        }
        "wed"
            if matches!(
                next,
                "like" | "love" | "need" | "want" | "prefer" | "rather" | "be" | "have" | "also" | "really" | "just"
            ) =>
        {
            Some(("we", "would", Cut::After(2)))
        }
        "were"
            if matches!(before, "" | "and" | "so" | "but" | "because" | "yes" | "okay" | "then")
                && matches!(
                    next,
                    "going"
                        | "looking"
                        | "talking"
                        | "also"
                        | "spending"
                        | "losing"
                        | "wasting"
                        | "still"
                        | "drowning"
                        | "not"
                ) =>
        {
            Some(("we", "are", Cut::After(2)))
        }
        "its"
            if matches!(
                next,
                "a" | "an"
                    | "the"
                    | "not"
                    | "on"
                    | "in"
                    | "all"
                    | "out"
                    | "too"
                    | "so"
                    | "just"
                    | "been"
                    | "going"
                    | "like"
                    | "really"
                    | "very"
                    | "always"
                    | "still"
                    | "my"
                    | "our"
                    | "me"
                    | "killing"
                    | "costing"
                    | "taking"
                    | "driving"
                    | "hurting"
                    | "kind"
                    | "pretty"
                    | "more"
                    | "up"
                    | "half"
            ) =>
        {
            Some(("it", "is", Cut::Before(1)))
        }
        _ => None,
    }
}

/// Verbs after which "well" before them is "we'll": none of them follows a pause.
fn is_sent(word: &str) -> bool {
    matches!(
        word,
        "send" | "email" | "share" | "forward" | "schedule" | "circle" | "ship" | "arrange" | "prepare" | "invoice"
    )
}

/// Removes what a listener does not hear: stutters, broken-off starts, and
/// parenthetical "you know" and "I mean".
pub(crate) fn smooth(mut tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut index = 0;
    while index < tokens.len() {
        let token = &tokens[index];
        let next = tokens.get(index + 1);
        let after = tokens.get(index + 2);
        let is = |t: Option<&Token>, word: &str| t.is_some_and(|t| t.word == word);
        let set_off = token.gap != Gap::None || out.is_empty();
        let parenthetical = (token.word == "you" && is(next, "know") || token.word == "i" && is(next, "mean"))
            && (set_off || after.is_some_and(|t| t.gap != Gap::None))
            && !out.last().is_some_and(|t| matches!(t.word.as_str(), "do" | "did" | "let" | "as" | "what" | "if"));
        if parenthetical && after.is_some() {
            index += 2;
            continue;
        }
        let stutter = next.is_some_and(|n| {
            n.word == token.word
                && token.word != "that"
                && token.word != "had"
                && !token.word.starts_with(|c: char| c.is_ascii_digit())
        }) || (index + 3 < tokens.len()
            && tokens[index + 2].word == token.word
            && tokens[index + 3].word == tokens[index + 1].word);
        let broken = token.word.len() <= 2
            && !SHORT_WORDS.contains(&token.word.as_str())
            && token.word.chars().all(char::is_alphabetic)
            && next.is_some_and(|n| n.word.len() > token.word.len() && n.word.starts_with(&token.word));
        if stutter && !(token.word == "no" || token.word == "yes" || token.word == "very") {
            // A repeated pair loses its first half.
            let pair = next.is_some_and(|n| n.word != token.word);
            index += if pair { 2 } else { 1 };
            continue;
        }
        if broken {
            index += 1;
            continue;
        }
        out.push(tokens[index].taken());
        index += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::token::tokens;

    fn words(text: &str) -> Vec<String> {
        tokens(text, 0, text.len()).into_iter().map(|t| t.word).collect()
    }

    #[test]
    fn speech_recognition_reads_like_writing() {
        assert_eq!(words("um i i ill send you uh the deck"), ["i", "will", "send", "you", "the", "deck"]);
        assert_eq!(words("I {disfmarker} I 'll go th the other"), ["i", "will", "go", "the", "other"]);
        assert_eq!(words("do n't say it 's ill advised"), ["do", "not", "say", "it", "is", "ill", "advised"]);
        assert_eq!(words("i will i will call"), ["i", "will", "call"]);
    }

    #[test]
    fn parentheticals_go_and_real_questions_stay() {
        assert_eq!(words("we could, you know, wait"), ["we", "could", "wait"]);
        assert_eq!(words("do you know the price"), ["do", "you", "know", "the", "price"]);
    }

    #[test]
    fn words_run_together_come_apart_and_others_stay() {
        assert_eq!(words("ill intro you guys"), ["i", "will", "intro", "you", "guys"]);
        assert_eq!(words("he fell ill send help"), ["he", "fell", "ill", "send", "help"]);
        assert_eq!(words("well send it"), ["we", "will", "send", "it"]);
        assert_eq!(words("well i know"), ["well", "i", "know"]);
        assert_eq!(words("well send me one"), ["well", "send", "me", "one"]);
        assert_eq!(
            words("we ll send it and i don t mind"),
            ["we", "will", "send", "it", "and", "i", "do", "not", "mind"]
        );
        assert_eq!(words("its a mess and its price"), ["it", "is", "a", "mess", "and", "its", "price"]);
        assert_eq!(words("your id like mine"), ["your", "id", "like", "mine"]);
        assert_eq!(
            words("id like a quote, wed love one"),
            ["i", "would", "like", "a", "quote", "we", "would", "love", "one"]
        );
        assert_eq!(words("I ain't lookin' for nothin'"), ["i", "is", "not", "looking", "for", "nothing"]);
    }
}
