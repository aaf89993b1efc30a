//! Time zones as people name them: by their letters, by a city, by a phone number.
//!
//! Only what stands for one zone is here. Countries with several have no entry for
//! their calling code, and cities that share a name with a bigger one or with a
//! plain word have none either: no zone is better than a wrong one. To add one, add
//! a row to its table.

use std::ops::Range;

use crate::token::{Gap, Token};

/// Letters and names as they are said after a time. "IST" is India's: most of those
/// who write it are there.
const LETTERS: &[(&str, &str)] = &[
    ("pacific", "America/Los_Angeles"),
    ("pt", "America/Los_Angeles"),
    ("pst", "America/Los_Angeles"),
    ("pdt", "America/Los_Angeles"),
    ("mountain", "America/Denver"),
    ("mst", "America/Denver"),
    ("mdt", "America/Denver"),
    ("central", "America/Chicago"),
    ("cst", "America/Chicago"),
    ("cdt", "America/Chicago"),
    ("eastern", "America/New_York"),
    ("et", "America/New_York"),
    ("est", "America/New_York"),
    ("edt", "America/New_York"),
    ("cet", "Europe/Berlin"),
    ("cest", "Europe/Berlin"),
    ("gmt", "Etc/UTC"),
    ("utc", "Etc/UTC"),
    ("bst", "Europe/London"),
    ("ist", "Asia/Kolkata"),
    ("eet", "Europe/Helsinki"),
    ("eest", "Europe/Helsinki"),
    ("msk", "Europe/Moscow"),
    ("sast", "Africa/Johannesburg"),
    ("gst", "Asia/Dubai"),
    ("sgt", "Asia/Singapore"),
    ("hkt", "Asia/Hong_Kong"),
    ("jst", "Asia/Tokyo"),
    ("kst", "Asia/Seoul"),
    ("aest", "Australia/Sydney"),
    ("aedt", "Australia/Sydney"),
    ("awst", "Australia/Perth"),
    ("nzst", "Pacific/Auckland"),
    ("nzdt", "Pacific/Auckland"),
    ("brt", "America/Sao_Paulo"),
];

/// Places of one or two words.
const PLACES: &[(&str, &str)] = &[
    ("amsterdam", "Europe/Amsterdam"),
    ("athens", "Europe/Athens"),
    ("atlanta", "America/New_York"),
    ("auckland", "Pacific/Auckland"),
    ("austin", "America/Chicago"),
    ("bangalore", "Asia/Kolkata"),
    ("bangkok", "Asia/Bangkok"),
    ("barcelona", "Europe/Madrid"),
    ("beijing", "Asia/Shanghai"),
    ("belfast", "Europe/London"),
    ("bengaluru", "Asia/Kolkata"),
    ("berlin", "Europe/Berlin"),
    ("bogota", "America/Bogota"),
    ("bogotá", "America/Bogota"),
    ("boston", "America/New_York"),
    ("bratislava", "Europe/Bratislava"),
    ("brisbane", "Australia/Brisbane"),
    ("bristol", "Europe/London"),
    ("brussels", "Europe/Brussels"),
    ("bucharest", "Europe/Bucharest"),
    ("budapest", "Europe/Budapest"),
    ("buenos aires", "America/Argentina/Buenos_Aires"),
    ("cairo", "Africa/Cairo"),
    ("calgary", "America/Edmonton"),
    ("california", "America/Los_Angeles"),
    ("cape town", "Africa/Johannesburg"),
    ("cardiff", "Europe/London"),
    ("chennai", "Asia/Kolkata"),
    ("chicago", "America/Chicago"),
    ("cologne", "Europe/Berlin"),
    ("copenhagen", "Europe/Copenhagen"),
    ("dallas", "America/Chicago"),
    ("delhi", "Asia/Kolkata"),
    ("denver", "America/Denver"),
    ("detroit", "America/Detroit"),
    ("dubai", "Asia/Dubai"),
    ("dublin", "Europe/Dublin"),
    ("düsseldorf", "Europe/Berlin"),
    ("edinburgh", "Europe/London"),
    ("eindhoven", "Europe/Amsterdam"),
    ("frankfurt", "Europe/Berlin"),
    ("geneva", "Europe/Zurich"),
    ("germany", "Europe/Berlin"),
    ("glasgow", "Europe/London"),
    ("gothenburg", "Europe/Stockholm"),
    ("hamburg", "Europe/Berlin"),
    ("helsinki", "Europe/Helsinki"),
    ("hong kong", "Asia/Hong_Kong"),
    ("houston", "America/Chicago"),
    ("hyderabad", "Asia/Kolkata"),
    ("india", "Asia/Kolkata"),
    ("ireland", "Europe/Dublin"),
    ("israel", "Asia/Jerusalem"),
    ("istanbul", "Europe/Istanbul"),
    ("italy", "Europe/Rome"),
    ("japan", "Asia/Tokyo"),
    ("johannesburg", "Africa/Johannesburg"),
    ("karachi", "Asia/Karachi"),
    ("kiev", "Europe/Kyiv"),
    ("kolkata", "Asia/Kolkata"),
    ("kuala lumpur", "Asia/Kuala_Lumpur"),
    ("kyiv", "Europe/Kyiv"),
    ("lagos", "Africa/Lagos"),
    ("leeds", "Europe/London"),
    ("lima", "America/Lima"),
    ("lisbon", "Europe/Lisbon"),
    ("liverpool", "Europe/London"),
    ("ljubljana", "Europe/Ljubljana"),
    ("london", "Europe/London"),
    ("los angeles", "America/Los_Angeles"),
    ("luxembourg", "Europe/Luxembourg"),
    ("lyon", "Europe/Paris"),
    ("madrid", "Europe/Madrid"),
    ("malmö", "Europe/Stockholm"),
    ("manchester", "Europe/London"),
    ("manila", "Asia/Manila"),
    ("marseille", "Europe/Paris"),
    ("melbourne", "Australia/Melbourne"),
    ("mexico city", "America/Mexico_City"),
    ("miami", "America/New_York"),
    ("milan", "Europe/Rome"),
    ("minneapolis", "America/Chicago"),
    ("montreal", "America/Toronto"),
    ("montréal", "America/Toronto"),
    ("moscow", "Europe/Moscow"),
    ("mumbai", "Asia/Kolkata"),
    ("munich", "Europe/Berlin"),
    ("nairobi", "Africa/Nairobi"),
    ("netherlands", "Europe/Amsterdam"),
    ("new york", "America/New_York"),
    ("osaka", "Asia/Tokyo"),
    ("oslo", "Europe/Oslo"),
    ("ottawa", "America/Toronto"),
    ("paris", "Europe/Paris"),
    ("perth", "Australia/Perth"),
    ("philadelphia", "America/New_York"),
    ("phoenix", "America/Phoenix"),
    ("poland", "Europe/Warsaw"),
    ("porto", "Europe/Lisbon"),
    ("prague", "Europe/Prague"),
    ("pune", "Asia/Kolkata"),
    ("reykjavik", "Atlantic/Reykjavik"),
    ("riga", "Europe/Riga"),
    ("riyadh", "Asia/Riyadh"),
    ("rome", "Europe/Rome"),
    ("rotterdam", "Europe/Amsterdam"),
    ("san diego", "America/Los_Angeles"),
    ("san francisco", "America/Los_Angeles"),
    ("santiago", "America/Santiago"),
    ("são paulo", "America/Sao_Paulo"),
    ("sao paulo", "America/Sao_Paulo"),
    ("seattle", "America/Los_Angeles"),
    ("seoul", "Asia/Seoul"),
    ("shanghai", "Asia/Shanghai"),
    ("shenzhen", "Asia/Shanghai"),
    ("singapore", "Asia/Singapore"),
    ("sofia", "Europe/Sofia"),
    ("stockholm", "Europe/Stockholm"),
    ("stuttgart", "Europe/Berlin"),
    ("sweden", "Europe/Stockholm"),
    ("switzerland", "Europe/Zurich"),
    ("sydney", "Australia/Sydney"),
    ("taipei", "Asia/Taipei"),
    ("tallinn", "Europe/Tallinn"),
    ("tel aviv", "Asia/Jerusalem"),
    ("tokyo", "Asia/Tokyo"),
    ("toronto", "America/Toronto"),
    ("toulouse", "Europe/Paris"),
    ("uk", "Europe/London"),
    ("vancouver", "America/Vancouver"),
    ("vienna", "Europe/Vienna"),
    ("vilnius", "Europe/Vilnius"),
    ("warsaw", "Europe/Warsaw"),
    ("wellington", "Pacific/Auckland"),
    ("zagreb", "Europe/Zagreb"),
    ("zurich", "Europe/Zurich"),
    ("zürich", "Europe/Zurich"),
];

/// Calling codes of countries that live, but for islands, by one clock.
const CALLING: &[(&str, &str)] = &[
    ("20", "Africa/Cairo"),
    ("27", "Africa/Johannesburg"),
    ("30", "Europe/Athens"),
    ("31", "Europe/Amsterdam"),
    ("32", "Europe/Brussels"),
    ("33", "Europe/Paris"),
    ("34", "Europe/Madrid"),
    ("36", "Europe/Budapest"),
    ("39", "Europe/Rome"),
    ("40", "Europe/Bucharest"),
    ("41", "Europe/Zurich"),
    ("43", "Europe/Vienna"),
    ("44", "Europe/London"),
    ("45", "Europe/Copenhagen"),
    ("46", "Europe/Stockholm"),
    ("47", "Europe/Oslo"),
    ("48", "Europe/Warsaw"),
    ("49", "Europe/Berlin"),
    ("51", "America/Lima"),
    ("54", "America/Argentina/Buenos_Aires"),
    ("57", "America/Bogota"),
    ("60", "Asia/Kuala_Lumpur"),
    ("63", "Asia/Manila"),
    ("64", "Pacific/Auckland"),
    ("65", "Asia/Singapore"),
    ("66", "Asia/Bangkok"),
    ("81", "Asia/Tokyo"),
    ("82", "Asia/Seoul"),
    ("84", "Asia/Ho_Chi_Minh"),
    ("86", "Asia/Shanghai"),
    ("90", "Europe/Istanbul"),
    ("91", "Asia/Kolkata"),
    ("92", "Asia/Karachi"),
    ("94", "Asia/Colombo"),
    ("212", "Africa/Casablanca"),
    ("234", "Africa/Lagos"),
    ("254", "Africa/Nairobi"),
    ("351", "Europe/Lisbon"),
    ("352", "Europe/Luxembourg"),
    ("353", "Europe/Dublin"),
    ("354", "Atlantic/Reykjavik"),
    ("358", "Europe/Helsinki"),
    ("359", "Europe/Sofia"),
    ("370", "Europe/Vilnius"),
    ("371", "Europe/Riga"),
    ("372", "Europe/Tallinn"),
    ("380", "Europe/Kyiv"),
    ("385", "Europe/Zagreb"),
    ("386", "Europe/Ljubljana"),
    ("420", "Europe/Prague"),
    ("421", "Europe/Bratislava"),
    ("852", "Asia/Hong_Kong"),
    ("880", "Asia/Dhaka"),
    ("886", "Asia/Taipei"),
    ("965", "Asia/Kuwait"),
    ("966", "Asia/Riyadh"),
    ("971", "Asia/Dubai"),
    ("972", "Asia/Jerusalem"),
    ("974", "Asia/Qatar"),
];

/// Area codes of North America's larger cities.
const AREAS: &[(&str, &str)] = &[
    ("202", "America/New_York"),
    ("206", "America/Los_Angeles"),
    ("212", "America/New_York"),
    ("213", "America/Los_Angeles"),
    ("214", "America/Chicago"),
    ("215", "America/New_York"),
    ("303", "America/Denver"),
    ("305", "America/New_York"),
    ("310", "America/Los_Angeles"),
    ("312", "America/Chicago"),
    ("323", "America/Los_Angeles"),
    ("347", "America/New_York"),
    ("403", "America/Edmonton"),
    ("404", "America/New_York"),
    ("408", "America/Los_Angeles"),
    ("415", "America/Los_Angeles"),
    ("416", "America/Toronto"),
    ("503", "America/Los_Angeles"),
    ("510", "America/Los_Angeles"),
    ("512", "America/Chicago"),
    ("514", "America/Toronto"),
    ("602", "America/Phoenix"),
    ("604", "America/Vancouver"),
    ("612", "America/Chicago"),
    ("617", "America/New_York"),
    ("619", "America/Los_Angeles"),
    ("646", "America/New_York"),
    ("647", "America/Toronto"),
    ("650", "America/Los_Angeles"),
    ("702", "America/Los_Angeles"),
    ("713", "America/Chicago"),
    ("718", "America/New_York"),
    ("773", "America/Chicago"),
    ("801", "America/Denver"),
    ("818", "America/Los_Angeles"),
    ("858", "America/Los_Angeles"),
    ("917", "America/New_York"),
    ("949", "America/Los_Angeles"),
];

/// Digits of a whole phone number with its country (E.164 has at most 15).
const PHONE_DIGITS: Range<usize> = 8..16;

fn row(table: &[(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, zone)| *zone)
}

/// The IANA zone of letters or a name said after a time: `pst`, `eastern`.
#[must_use]
pub fn zone_word(word: &str) -> Option<&'static str> {
    row(LETTERS, word)
}

/// The IANA zone of the place named at word `at`, written with a capital letter, and
/// one past its last word.
#[must_use]
pub fn zone_of_place(tokens: &[Token], at: usize) -> Option<(usize, &'static str)> {
    let first = tokens.get(at).filter(|token| token.capital)?;
    let second = tokens.get(at + 1).filter(|token| token.capital && token.gap == Gap::None);
    if let Some(zone) = second.and_then(|second| row(PLACES, &format!("{} {}", first.word, second.word))) {
        return Some((at + 2, zone));
    }
    Some((at + 1, row(PLACES, &first.word)?))
}

/// The IANA zones of the phone numbers in a text that say their country, with the
/// bytes of each.
#[must_use]
pub fn zones_of_phones(text: &str) -> Vec<(Range<usize>, &'static str)> {
    text.match_indices('+').filter_map(|(at, _)| phone(text, at)).collect()
}

fn phone(text: &str, plus: usize) -> Option<(Range<usize>, &'static str)> {
    let mut digits = String::new();
    let mut end = plus + 1;
    for (at, c) in text[plus + 1..].char_indices() {
        if c.is_ascii_digit() {
            digits.push(c);
            end = plus + 1 + at + 1;
        } else if !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}') {
            break;
        }
    }
    if !PHONE_DIGITS.contains(&digits.len()) {
        return None;
    }
    let zone = match digits.strip_prefix('1') {
        Some(national) => row(AREAS, national.get(..3)?)?,
        // No code begins with another one.
        None => (2..=3).find_map(|length| row(CALLING, digits.get(..length)?))?,
    };
    Some((plus..end, zone))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::token::tokens;

    #[test]
    fn every_zone_there_is_exists_and_no_name_stands_twice() {
        for table in [LETTERS, PLACES, CALLING, AREAS] {
            for (at, (name, zone)) in table.iter().enumerate() {
                assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{name}: {zone}");
                assert!(!table[..at].iter().any(|(other, _)| other == name), "{name} twice");
            }
        }
        for (code, _) in CALLING {
            assert!(!CALLING.iter().any(|(other, _)| other != code && other.starts_with(code)), "{code}");
        }
    }

    #[test]
    fn places_are_names_and_not_words() {
        let of = |text: &str| {
            let words = tokens(text, 0, text.len());
            (0..words.len()).find_map(|at| zone_of_place(&words, at)).map(|(_, zone)| zone)
        };
        assert_eq!(of("greetings from Buenos Aires"), Some("America/Argentina/Buenos_Aires"));
        assert_eq!(of("3pm London time"), Some("Europe/London"));
        assert_eq!(of("the paris agreement"), None);
        assert_eq!(of("New shoes, York"), None);
    }

    #[test]
    fn phone_numbers_tell_where_they_ring() {
        let of =
            |text: &str| zones_of_phones(text).first().map(|(range, zone)| (text[range.clone()].to_owned(), *zone));
        assert_eq!(of("T: +49 (0)30 901820"), Some(("+49 (0)30 901820".to_owned(), "Europe/Berlin")));
        assert_eq!(of("+1 (415) 555-0100, ext. 4").map(|found| found.1), Some("America/Los_Angeles"));
        assert_eq!(of("+353 1 602 0000").map(|found| found.1), Some("Europe/Dublin"));
        assert_eq!(of("+1 907 555 0100"), None, "an area that is not listed");
        assert_eq!(of("+61 2 5550 1234"), None, "a country of several zones");
        assert_eq!(of("2+2 is 4, C++, +10%"), None);
    }
}
