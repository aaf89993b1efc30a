//! Phrases, and what is read of each.
#![allow(clippy::unwrap_used)]

use super::*;

/// Wednesday 2026-11-18, 10:00 in New York; whom they write to is in Berlin.
fn of(text: &str, offered: &[i64]) -> Scheduling {
    let anchor = Anchor::new(1_795_014_000_000, "America/New_York").unwrap();
    scheduling(text, &Correspondence { anchor: &anchor, reader_zone: "Europe/Berlin", offered })
}

fn hours(from: Option<Time>, until: Option<Time>) -> String {
    let clock = |time: Option<Time>| time.map_or_else(String::new, |time| time.strftime("%H:%M").to_string());
    if from.is_none() && until.is_none() { String::new() } else { format!(" {}-{}", clock(from), clock(until)) }
}

fn stretch(one: &Stretch) -> String {
    let days = match one.days {
        Days::Any => String::new(),
        Days::Every(weekday) => format!("{weekday:?}"),
        Days::Between(first, last) if first == last => first.strftime("%m-%d").to_string(),
        Days::Between(first, last) => format!("{}..{}", first.strftime("%m-%d"), last.strftime("%m-%d")),
    };
    format!("{days}{}", hours(one.from, one.until)).trim().to_owned()
}

/// Window, preferred, excluded and proposed, in one line.
fn read(text: &str) -> String {
    let found = of(text, &[]);
    let when = |when: &When| when.to_text().trim_start_matches("2026-").replace(":00-05:00", "");
    let mut parts = Vec::new();
    if let Some((from, until)) = &found.window {
        parts.push(format!("[{} {}]", when(from), until.as_ref().map_or_else(String::new, when)));
    }
    parts.extend(found.preferred.iter().map(|read| format!("+{}", stretch(&read.value))));
    parts.extend(found.excluded.iter().map(|read| format!("-{}", stretch(&read.value))));
    parts.extend(found.proposed.iter().map(|read| {
        let (from, until) = &read.value;
        let until = until.as_ref().map_or_else(String::new, |until| until.strftime("-%H:%M").to_string());
        format!("@{}{until}", from.strftime("%m-%d %H:%M%:z"))
    }));
    parts.join(" ")
}

#[test]
fn days_in_words_are_stretches_of_the_calendar() {
    for (when, want) in [
        ("next week", "[11-23 11-27]"),
        ("this week", "[11-18 11-20]"),
        ("later this week", "[11-19 11-20]"),
        ("early next week", "[11-23 11-25]"),
        ("in the middle of next week", "[11-24 11-26]"),
        ("late next week", "[11-26 11-27]"),
        ("at the end of next week", "[11-26 11-27]"),
        ("the week of the 14th", "[12-14 12-18]"),
        ("in two weeks", "[11-30 12-04]"),
        ("in a fortnight", "[11-30 12-04]"),
        ("in two or three weeks", "[11-30 12-11]"),
        ("within the next two weeks", "[11-18 12-02]"),
        ("in the next few days", "[11-18 11-21]"),
        ("in early December", "[12-01 12-10]"),
        ("in mid December", "[12-11 12-20]"),
        ("in December", "[12-01 12-31]"),
        ("next month", "[12-01 12-31]"),
        ("this month", "[11-18 11-30]"),
        ("before the end of the month", "[11-18 11-30]"),
        ("in the first week of January", "[2027-01-04 2027-01-08]"),
        ("in the last week of November", "[11-23 11-27]"),
        ("by Friday", "[11-18 11-20]"),
        ("before Friday", "[11-18 11-19]"),
        ("before EOD Thursday", "[11-18 11-19T17:00]"),
        ("after the 3rd of December", "[12-04 ]"),
        ("from Monday on", "[11-23 ]"),
        ("between Monday and Wednesday", "[11-23 11-25]"),
        ("Monday to Wednesday", "[11-23 11-25]"),
        ("Tuesday-Thursday", "[11-24 11-26]"),
        ("between the 1st and the 4th of December", "[12-01 12-04]"),
        ("this week or next", "[11-18 11-27]"),
        ("on the 24th or the 25th", "[11-24 11-25] +11-24 +11-25"),
        ("on Wednesday or Thursday this week", "[11-18 11-19] +11-18 +11-19"),
        ("on Tuesday or Wednesday next week", "[11-24 11-25] +11-24 +11-25"),
        ("on Thursday for lunch next week", "[11-23 11-27] +11-26"),
        ("on 3.12.2026", "[12-03 12-03] +12-03"),
        ("on Mondays", "+Monday"),
    ] {
        assert_eq!(read(&format!("Could we talk {when}?")), want, "{when}");
    }
}

#[test]
fn hours_in_words_are_parts_of_the_day() {
    for (when, want) in [
        ("in the morning", "+-12:00"),
        ("in the early afternoon", "+12:00-15:00"),
        ("after lunch", "+13:00-"),
        ("after 2pm", "+14:00-"),
        ("before 11", "+-11:00"),
        ("no later than 4", "+-16:00"),
        ("between 9 and 11", "+09:00-11:00"),
        ("from 2 to 4:30", "+14:00-16:30"),
        ("tomorrow from 14:00 to 16:00", "[11-19 11-19] +11-19 14:00-16:00"),
        ("Thursday evening 7 to 10", "[11-19 11-19] +11-19 19:00-22:00"),
        ("Tuesday afternoon (after 1pm)", "[11-24 11-24] +11-24 13:00-18:00"),
        ("first thing Monday", "[11-23 11-23] +11-23 -10:00"),
        ("Tuesday at 10", "[11-24 11-24] @11-24 10:00-05:00"),
        ("Tuesday, 9-9:30", "[11-24 11-24] @11-24 09:00-05:00-09:30"),
        ("at 3", "[11-18 11-18] @11-18 15:00-05:00"),
        ("at 9", "[11-19 11-19] @11-19 09:00-05:00"),
        ("on Friday at 10 or 2pm", "[11-20 11-20] @11-20 10:00-05:00 @11-20 14:00-05:00"),
        ("on Tuesday or Wednesday after 2pm", "[11-24 11-25] +11-24 14:00- +11-25 14:00-"),
        ("at 8am Pacific on Thursday or any time after 1 on Friday", "[11-19 11-20] +11-20 13:00- @11-19 08:00-08:00"),
        ("on Tuesday at 1100 am", "[11-24 11-24] @11-24 11:00-05:00"),
        ("on Monday at 15:00 your time", "[11-23 11-23] @11-23 15:00+01:00"),
        ("on Monday at 15:00 London time", "[11-23 11-23] @11-23 15:00+00:00"),
        ("at 10 sites", ""),
        ("in 30 minutes", "[11-18 11-18] +11-18"),
    ] {
        assert_eq!(read(&format!("Could we talk {when}?")), want, "{when}");
    }
}

#[test]
fn what_is_ruled_out_is_excluded_and_nothing_else() {
    for (text, want) in [
        ("Any day but Friday works.", "-Friday"),
        ("Any day next week except Monday or Tuesday works for a call.", "[11-23 11-27] -Monday -Tuesday"),
        ("Can we talk next week? Not on Thursday.", "[11-23 11-27] -Thursday"),
        (
            "I can't do Monday, Tuesday or Wednesday, but Thursday is fine.",
            "[11-19 11-19] +11-19 -Monday -Tuesday -Wednesday",
        ),
        ("Monday and Tuesday are packed, Wednesday works.", "[11-25 11-25] +11-25 -Monday -Tuesday"),
        ("Let's talk on Friday. Mornings don't work for me.", "[11-20 11-20] +11-20 --12:00"),
        ("I'm away until Tuesday. Could we talk after that?", "[11-24 ]"),
        ("I'm travelling from the 23rd to the 27th, can we talk the week after?", "[11-30 12-04] -11-23..11-27"),
        ("Why don't we meet on Friday?", "[11-20 11-20] +11-20"),
        ("Tuesday is better than Monday for a call.", "[11-24 11-24] +11-24"),
        ("If Tuesday doesn't work, could we do Thursday?", "[11-19 11-19] +11-19"),
    ] {
        assert_eq!(read(text), want, "{text}");
    }
}

#[test]
fn a_text_wants_what_it_says_and_often_nothing() {
    use Wanted::{AnotherTime, Meeting, NoMeeting, Nothing, Yes};
    for (text, wanted) in [
        ("Let's find a time for a call.", Meeting),
        ("Friday?", Meeting),
        ("Tuesday or Thursday would be fine.", Meeting),
        ("Can we move our call to Friday?", AnotherTime),
        ("I can't make it on Thursday. Would Friday work?", AnotherTime),
        ("We need to reschedule.", AnotherTime),
        ("I have to cancel our meeting on Thursday.", NoMeeting),
        ("Tuesday at 10 works for me.", Yes),
        ("See you on Friday at 3.", Yes),
        ("Does Tuesday at 10 work?", Meeting),
        ("I could do Tuesday at 10.", Meeting),
        ("The launch is on Tuesday at 10.", Nothing),
        ("We met on Tuesday.", Nothing),
        ("We don't need a call.", Nothing),
        ("He asked if we could meet on Friday.", Nothing),
        ("If we ever meet, let's have coffee.", Nothing),
        ("Feel free to call me if you have any questions.", Nothing),
        ("Could you send the contract by Friday?", Nothing),
        ("Please cancel our subscription.", Nothing),
        ("Register now for our webinar on Friday at 10!", Nothing),
        ("", Nothing),
    ] {
        let found = of(text, &[]);
        assert_eq!(found.wanted, wanted, "{text}");
        if wanted == Nothing {
            assert!(found.window.is_none() && found.proposed.is_empty() && found.preferred.is_empty(), "{text}");
        }
    }
}

#[test]
fn one_of_the_times_offered_is_taken() {
    // Monday 10:00, Tuesday 14:30, Tuesday 16:00 in New York.
    let offered = [1_795_446_000_000, 1_795_548_600_000, 1_795_554_000_000];
    for (text, want) in [
        ("Option 2, please.", Some(1)),
        ("The last one is best.", Some(2)),
        ("Monday works.", Some(0)),
        ("10:00 works for us.", Some(0)),
        // Two of them are on Tuesday.
        ("Tuesday works.", None),
        ("None of these work, sorry. Maybe the first week of December?", None),
    ] {
        let found = of(text, &offered);
        let taken = found.proposed.first().filter(|_| found.wanted == Wanted::Yes);
        let taken = taken.map(|read| read.value.0.timestamp().as_millisecond());
        assert_eq!(taken, want.map(|at: usize| offered[at]), "{text}");
    }
}

#[test]
fn no_text_makes_it_fall_over() {
    for text in [
        "-",
        "between and",
        "from to until",
        "not before",
        "week of the",
        "the following",
        "99:99pm on 31/31",
        "at 25:61 or 0:00 between 9-",
        "no later than",
        "in 400 months or 400 weeks",
        "Tuesday–Tuesday–Tuesday",
        "@ @ @3 a@ @b",
        "1-2-3-4 5-6pm 7--8",
        "\u{2013}\u{2014} “Friday” ‘Monday’ ÄÖÜ ß 10–11 Uhr",
        "the week after the week after the week after next",
        "first thing first thing early late mid",
    ] {
        for prefix in ["", "Could we talk ", "I can't do ", "Please move our call from "] {
            let text = format!("{prefix}{text}?");
            let found = of(&text, &[0, i64::MAX]);
            for read in &found.preferred {
                assert!(text.get(read.range.clone()).is_some(), "{text}");
            }
        }
    }
}
