//! Calendars: from iCalendar to occurrences.

use jiff::tz::TimeZone;
use skillhost_connectors::calendar::{Contents, Named, ReadError, Reading, read, read_objects};
use skillhost_engine::calendar::{Occurrence, Response, Shows, Status};
use skillhost_engine::time::Timestamp;

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// All of 2026, in Berlin, as Ada.
fn reading() -> Reading {
    Reading {
        from: at("2026-01-01T00:00:00Z"),
        until: at("2027-01-01T00:00:00Z"),
        zone: "Europe/Berlin".to_owned(),
        own: vec!["ada@acme.test".to_owned()],
        now: at("2026-06-01T00:00:00Z"),
    }
}

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}END:VCALENDAR\r\n")
}

fn event(lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("{}\r\n", line.trim())).collect();
    format!("BEGIN:VEVENT\r\n{lines}END:VEVENT\r\n")
}

fn contents(events: &[&str]) -> Contents {
    let events: String = events.iter().map(|lines| event(lines)).collect();
    read(&calendar(&events), &reading()).unwrap()
}

/// What is shown of each: when it begins and ends, in UTC to the minute.
fn times(contents: &Contents) -> Vec<String> {
    let short = |at: Timestamp| at.rfc3339()[5..16].to_owned();
    contents.occurrences.iter().map(|one| format!("{} {}", short(one.starts), short(one.ends))).collect()
}

fn only(lines: &str) -> Occurrence {
    let contents = contents(&[lines]);
    assert_eq!((contents.occurrences.len(), &contents.problem), (1, &None), "{contents:?}");
    contents.occurrences.into_iter().next().unwrap()
}

#[test]
fn a_series_keeps_its_time_of_the_clock_across_a_change_of_clocks() {
    let found = contents(&["UID:a
        DTSTART;TZID=Europe/Berlin:20260322T090000
        DTEND;TZID=Europe/Berlin:20260322T093000
        RRULE:FREQ=WEEKLY;COUNT=3"]);
    assert_eq!(times(&found), ["03-22T08:00 03-22T08:30", "03-29T07:00 03-29T07:30", "04-05T07:00 04-05T07:30"]);
    assert!(found.occurrences.iter().all(|one| one.recurring && one.zone.as_deref() == Some("Europe/Berlin")));
    let ids: std::collections::BTreeSet<&str> = found.occurrences.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids.len(), 3, "each has an id of its own");
}

#[test]
fn a_time_that_clocks_leave_out_or_show_twice_is_once_and_where_the_standard_has_it() {
    // 02:30 is not on 29 March, and twice on 25 October.
    let found = contents(&[
        "UID:a
        DTSTART;TZID=Europe/Berlin:20260328T023000
        DURATION:PT1H
        RRULE:FREQ=DAILY;COUNT=3",
        "UID:b
        DTSTART;TZID=Europe/Berlin:20261025T023000
        DURATION:PT1H",
    ]);
    assert_eq!(
        times(&found),
        ["03-28T01:30 03-28T02:30", "03-29T01:30 03-29T02:30", "03-30T00:30 03-30T01:30", "10-25T00:30 10-25T01:30"]
    );
}

#[test]
fn ends_of_a_series_count_in_utc_on_the_clock_and_as_a_day() {
    for (until, count) in [
        // 09:00 in Berlin on the third day is 08:00 in UTC.
        ("20260107T080000Z", 3),
        ("20260107T075959Z", 2),
        ("20260107T090000", 3),
        ("20260107T085959", 2),
        ("20260107", 3),
        ("20250101T000000Z", 1),
    ] {
        let found = contents(&[&format!(
            "UID:a
            DTSTART;TZID=Europe/Berlin:20260105T090000
            RRULE:FREQ=DAILY;UNTIL={until}"
        )]);
        assert_eq!((found.occurrences.len(), &found.problem), (count, &None), "{until}");
    }
}

#[test]
fn the_end_of_a_series_of_whole_days_is_a_day() {
    // Midnight in Berlin is 23:00 of the day before in UTC; and what some write for all of a day.
    for until in ["20260107", "20260106T230000Z", "20260107T000000", "20260107T235959Z"] {
        let found = contents(&[&format!("UID:a\nDTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;UNTIL={until}")]);
        assert_eq!(times(&found).last().map(String::as_str), Some("01-06T23:00 01-07T23:00"), "{until}");
        assert_eq!(found.occurrences.len(), 3, "{until}");
    }
}

#[test]
fn what_is_left_out_is_gone_whatever_zone_names_it() {
    let found = contents(&["UID:a
        DTSTART;TZID=Europe/Berlin:20260105T090000
        RRULE:FREQ=DAILY;COUNT=6
        EXDATE;TZID=Europe/Berlin:20260106T090000,20260107T090000
        EXDATE:20260108T080000Z
        EXDATE;VALUE=DATE:20260109
        EXDATE;TZID=Europe/Berlin:20260110T100000"]);
    assert_eq!(
        times(&found),
        ["01-05T08:00 01-05T08:00", "01-10T08:00 01-10T08:00"],
        "another hour leaves nothing out"
    );
}

#[test]
fn a_moved_occurrence_replaces_its_own_and_no_other() {
    let series = "UID:a
        DTSTART;TZID=Europe/Berlin:20260105T090000
        DTEND;TZID=Europe/Berlin:20260105T100000
        SUMMARY:Weekly
        RRULE:FREQ=WEEKLY;COUNT=3";
    let moved = "UID:a
        RECURRENCE-ID;TZID=Europe/Berlin:20260112T090000
        DTSTART;TZID=America/New_York:20260113T090000
        DTEND;TZID=America/New_York:20260113T093000
        SUMMARY:Moved";
    let cancelled = "UID:a
        RECURRENCE-ID:20260119T080000Z
        DTSTART:20260119T080000Z
        DTEND:20260119T090000Z
        STATUS:CANCELLED";
    let found = contents(&[series, moved, cancelled]);
    assert_eq!(times(&found), ["01-05T08:00 01-05T09:00", "01-13T14:00 01-13T14:30", "01-19T08:00 01-19T09:00"]);
    assert_eq!((found.occurrences[1].title.as_str(), found.occurrences[2].status), ("Moved", Status::Cancelled));
    // In any order, and with one that is not of the series.
    let stray = moved.replace("20260112T090000", "20260114T090000");
    let again = contents(&[moved, series]);
    assert_eq!(times(&again)[..2], times(&found)[..2]);
    assert_eq!(contents(&[series, &stray]).occurrences.len(), 4);
    // An occurrence that came from outside the time that is read is within it.
    let from_afar = "UID:a
        RECURRENCE-ID;TZID=Europe/Berlin:20250105T090000
        DTSTART;TZID=Europe/Berlin:20260301T090000
        DTEND;TZID=Europe/Berlin:20260301T100000";
    assert_eq!(times(&contents(&[from_afar])), ["03-01T08:00 03-01T09:00"]);
}

#[test]
fn all_from_one_on_are_moved_together() {
    let found = contents(&[
        "UID:a
        DTSTART;TZID=Europe/Berlin:20260105T090000
        DTEND;TZID=Europe/Berlin:20260105T100000
        SUMMARY:Old
        RRULE:FREQ=WEEKLY;COUNT=4",
        "UID:a
        RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260119T090000
        DTSTART;TZID=Europe/Berlin:20260120T110000
        DTEND;TZID=Europe/Berlin:20260120T113000
        SUMMARY:New",
    ]);
    assert_eq!(
        times(&found),
        ["01-05T08:00 01-05T09:00", "01-12T08:00 01-12T09:00", "01-20T10:00 01-20T10:30", "01-27T10:00 01-27T10:30"]
    );
    let titles: Vec<&str> = found.occurrences.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(titles, ["Old", "Old", "New", "New"]);
}

#[test]
fn whole_days_begin_and_end_at_midnight_of_the_calendars_zone() {
    let one = only(
        "UID:a
        DTSTART;VALUE=DATE:20260329
        DTEND;VALUE=DATE:20260331",
    );
    assert_eq!((one.starts, one.ends, one.all_day), (at("2026-03-28T23:00:00Z"), at("2026-03-30T22:00:00Z"), true));
    let bare = only(
        "UID:a
        DTSTART;VALUE=DATE:20260105",
    );
    assert_eq!((bare.starts, bare.ends), (at("2026-01-04T23:00:00Z"), at("2026-01-05T23:00:00Z")));
    let yearly = contents(&[
        "UID:a
        DTSTART;VALUE=DATE:20200229
        RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1",
        "UID:b
        DTSTART;VALUE=DATE:20260102
        DURATION:P2D
        RRULE:FREQ=DAILY;COUNT=3
        EXDATE;VALUE=DATE:20260103",
    ]);
    assert_eq!(times(&yearly), ["01-01T23:00 01-03T23:00", "01-03T23:00 01-05T23:00", "02-27T23:00 02-28T23:00"]);
    // The calendar's own zone goes before the reader's.
    let own = calendar(&format!("X-WR-TIMEZONE:Asia/Tokyo\r\n{}", event("UID:a\nDTSTART;VALUE=DATE:20260105")));
    let own = read(&own, &reading()).unwrap();
    assert_eq!((times(&own), own.zone.as_str()), (vec!["01-04T15:00 01-05T15:00".to_owned()], "Asia/Tokyo"));
}

#[test]
fn a_time_without_a_zone_is_where_the_calendar_is_read() {
    let text = calendar(&event("UID:a\nDTSTART:20260705T090000\nDURATION:PT30M"));
    for (zone, starts) in [("Europe/Berlin", "2026-07-05T07:00:00Z"), ("Asia/Kolkata", "2026-07-05T03:30:00Z")] {
        let found = read(&text, &Reading { zone: zone.to_owned(), ..reading() }).unwrap();
        assert_eq!(found.occurrences[0].starts, at(starts), "{zone}");
    }
}

#[test]
fn names_that_products_use_for_zones_are_understood() {
    for (name, starts) in [
        ("Europe/Berlin", "08:00"),
        ("europe/berlin", "08:00"),
        ("\"W. Europe Standard Time\"", "08:00"),
        ("W. Europe Standard Time", "08:00"),
        ("Eastern Standard Time", "14:00"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "08:00"),
        ("/softwarestudio.org/Olson_20011030_5/America/Chicago", "15:00"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "08:00"),
        ("Europe/Kiev", "07:00"),
        ("US/Pacific", "17:00"),
        ("UTC+03", "06:00"),
        ("GMT-05:30", "14:30"),
        ("UTC", "09:00"),
    ] {
        let name = if name.contains([':', ',']) { format!("\"{name}\"") } else { name.to_owned() };
        let found = contents(&[&format!("UID:a\nDTSTART;TZID={name}:20260105T090000")]);
        assert_eq!((times(&found), &found.problem), (vec![format!("01-05T{starts} 01-05T{starts}")], &None), "{name}");
    }
}

/// A zone of its own: clocks go forward by one hour on the last Sunday of March at 02:00
/// and back on the last Sunday of October at 03:00, two and a half hours ahead of UTC.
const OWN_ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone 7\r\n\
BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0330\r\nTZOFFSETTO:+0230\r\n\
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n\
BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0230\r\nTZOFFSETTO:+0330\r\n\
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";

#[test]
fn a_zone_that_only_the_calendar_knows_has_the_calendars_own_rules() {
    let within = |events: &str| read(&calendar(&format!("{OWN_ZONE}{events}")), &reading()).unwrap();
    let found = within(&event(
        "UID:a
        DTSTART;TZID=Customized Time Zone 7:20260328T090000
        DTEND;TZID=Customized Time Zone 7:20260328T100000
        RRULE:FREQ=DAILY;COUNT=2",
    ));
    assert_eq!(
        (times(&found), &found.problem),
        (vec!["03-28T06:30 03-28T07:30".into(), "03-29T05:30 03-29T06:30".into()], &None)
    );
    assert_eq!(found.occurrences[0].zone, None, "it has no name that others know");
    // Left out, and twice.
    let found = within(&format!(
        "{}{}",
        event("UID:a\nDTSTART;TZID=Customized Time Zone 7:20260329T023000"),
        event("UID:b\nDTSTART;TZID=Customized Time Zone 7:20261025T023000")
    ));
    assert_eq!(times(&found), ["03-29T00:00 03-29T00:00", "10-24T23:00 10-24T23:00"]);
    // An end in UTC is on this clock.
    let found = within(&event(
        "UID:a
        DTSTART;TZID=Customized Time Zone 7:20260601T090000
        RRULE:FREQ=DAILY;UNTIL=20260603T053000Z",
    ));
    assert_eq!(found.occurrences.len(), 3);
}

#[test]
fn an_event_that_cannot_be_placed_is_counted_and_the_others_are_there() {
    let found = contents(&[
        "UID:a\nSUMMARY:secret\nDTSTART;TZID=Mars/Olympus:20260105T090000",
        "UID:b\nSUMMARY:secret\nDTSTART;TZID=Mars/Olympus:20260106T090000",
        "UID:c\nSUMMARY:secret",
        "UID:d\nSUMMARY:secret\nDTSTART:20260107T090000Z\nRRULE:FREQ=SOMETIMES",
        "UID:e\nSUMMARY:fine\nDTSTART:20260108T090000Z",
    ]);
    assert!(times(&found).contains(&"01-08T09:00 01-08T09:00".to_owned()), "{found:?}");
    let problem = found.problem.unwrap();
    assert!(problem.starts_with("4 events cannot be read: the zone `Mars/Olympus` is unknown"), "{problem}");
    assert!(problem.contains("there is no start") && !problem.contains("secret"), "{problem}");
    let unknown = read(&calendar(""), &Reading { zone: "Mars/Olympus".to_owned(), ..reading() });
    assert_eq!(unknown, Err(ReadError::Zone { zone: "Mars/Olympus".to_owned() }));
}

#[test]
fn what_is_no_whole_calendar_is_none() {
    let whole = calendar(&event("UID:a\nDTSTART:20260105T090000Z"));
    assert_eq!(read("", &reading()), Err(ReadError::NotACalendar));
    assert_eq!(read("<!doctype html><html>", &reading()), Err(ReadError::NotACalendar));
    assert_eq!(read("ÿÿ€€€€€€€€€€€€€€", &reading()), Err(ReadError::NotACalendar));
    let end = whole.find("END:VEVENT").unwrap();
    assert_eq!(read(&whole[..end], &reading()), Err(ReadError::BreaksOff));
    assert_eq!(read(&whole[..end + 12], &reading()), Err(ReadError::BreaksOff));
    for text in [
        whole.clone(),
        whole.replace("\r\n", "\n"),
        format!("\u{feff}{whole}"),
        whole.replace("BEGIN:VCAL", "begin:vcal"),
    ] {
        assert_eq!(read(&text, &reading()).unwrap().occurrences.len(), 1, "{text:?}");
    }
    assert_eq!(read(&calendar(""), &reading()).unwrap().occurrences, []);
}

#[test]
fn whose_answer_it_is_and_what_it_does_with_the_time() {
    let with = |lines: &str| only(&format!("UID:a\nDTSTART:20260105T090000Z\nDTEND:20260105T100000Z\n{lines}"));
    for (lines, response) in [
        ("", Response::Organizer),
        ("ORGANIZER:mailto:ada@acme.test\nATTENDEE:mailto:mira@globex.test", Response::Organizer),
        ("ORGANIZER:mailto:mira@globex.test\nATTENDEE;PARTSTAT=ACCEPTED:mailto:Ada@Acme.test", Response::Accepted),
        ("ORGANIZER:mailto:mira@globex.test\nATTENDEE;PARTSTAT=DECLINED:MAILTO:ada@acme.test", Response::Declined),
        ("ORGANIZER:mailto:mira@globex.test\nATTENDEE;PARTSTAT=TENTATIVE:mailto:ada@acme.test", Response::Tentative),
        ("ORGANIZER:mailto:mira@globex.test\nATTENDEE:mailto:ada@acme.test", Response::NeedsAction),
        ("ORGANIZER:mailto:mira@globex.test\nATTENDEE:mailto:sales@acme.test", Response::Accepted),
    ] {
        assert_eq!(with(lines).response, response, "{lines}");
    }
    for (lines, shows, status) in [
        ("", Shows::Busy, Status::Confirmed),
        ("TRANSP:TRANSPARENT", Shows::Free, Status::Confirmed),
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", Shows::OutOfOffice, Status::Confirmed),
        ("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE\nSTATUS:TENTATIVE", Shows::Tentative, Status::Tentative),
        ("STATUS:CANCELLED", Shows::Busy, Status::Cancelled),
    ] {
        let one = with(lines);
        assert_eq!((one.shows, one.status), (shows, status), "{lines}");
    }
    let one = with(
        "SUMMARY:Rollout\\, phase 2\nLOCATION:Room 3\nURL:https://x.test/1
        X-GOOGLE-CONFERENCE:https://meet.test/abc
        ORGANIZER;CN=Mira Holt:mailto:mira@globex.test
        ATTENDEE;CN=\"Holt, Mira\";PARTSTAT=ACCEPTED:mailto:mira@globex.test
        ATTENDEE;CUTYPE=ROOM;CN=Room 3:mailto:room3@acme.test
        ATTENDEE;CN=Nobody:invalid:nomail
        LAST-MODIFIED:20251224T120000Z",
    );
    assert_eq!((one.title.as_str(), one.location.as_deref()), ("Rollout, phase 2", Some("Room 3")));
    assert_eq!((one.url.as_deref(), one.updated_at), (Some("https://meet.test/abc"), at("2025-12-24T12:00:00Z")));
    let named: Vec<(&str, Option<&str>)> =
        one.attendees.iter().map(|one| (one.name.as_str(), one.email.as_deref())).collect();
    assert_eq!(named, [("Holt, Mira", Some("mira@globex.test")), ("Nobody", None)]);
}

#[test]
fn of_two_revisions_the_later_one_counts() {
    let revision = |sequence: u32, day: u32| format!("UID:a\nSEQUENCE:{sequence}\nDTSTART:202601{day:02}T090000Z");
    for (first, second) in [(0, 1), (1, 0)] {
        let found = contents(&[&revision(first, 5 + first), &revision(second, 5 + second)]);
        assert_eq!(times(&found), ["01-06T09:00 01-06T09:00"]);
    }
    // Events without a name are each their own.
    assert_eq!(contents(&["DTSTART:20260105T090000Z", "DTSTART:20260106T090000Z"]).occurrences.len(), 2);
}

#[test]
fn what_is_added_has_its_own_time_and_length() {
    let found = contents(&["UID:a
        DTSTART;TZID=Europe/Berlin:20260105T090000
        DTEND;TZID=Europe/Berlin:20260105T100000
        RDATE;TZID=Europe/Berlin:20260107T140000,20260105T090000
        RDATE;VALUE=PERIOD:20260109T080000Z/20260109T110000Z,20260110T080000Z/PT15M"]);
    assert_eq!(
        times(&found),
        ["01-05T08:00 01-05T09:00", "01-07T13:00 01-07T14:00", "01-09T08:00 01-09T11:00", "01-10T08:00 01-10T08:15"]
    );
}

#[test]
fn a_length_in_hours_is_exact_and_one_in_days_is_of_the_clock() {
    // The night of 28 to 29 March has one hour less.
    let of = |length: &str| only(&format!("UID:a\nDTSTART;TZID=Europe/Berlin:20260328T120000\n{length}")).ends;
    assert_eq!(of("DURATION:PT24H"), at("2026-03-29T11:00:00Z"));
    assert_eq!(of("DURATION:P1D"), at("2026-03-29T10:00:00Z"));
    assert_eq!(of("DTEND;TZID=Europe/Berlin:20260329T120000"), at("2026-03-29T10:00:00Z"));
    assert_eq!(
        of("DTEND:20260328T100000Z"),
        at("2026-03-28T11:00:00Z"),
        "one that ends before it begins takes no time"
    );
    assert_eq!(of("DURATION:-PT1H"), at("2026-03-28T11:00:00Z"));
}

#[test]
fn however_much_a_calendar_says_reading_it_ends() {
    let many: String = (0..20_000)
        .map(|n| {
            event(&format!(
                "UID:e{n}\nDTSTART:2026{:02}{:02}T{:02}0000Z\nDURATION:PT30M",
                n % 12 + 1,
                n % 28 + 1,
                n % 24
            ))
        })
        .collect();
    assert_eq!(read(&calendar(&many), &reading()).unwrap().occurrences.len(), 20_000);
    let more = format!("{many}{}", event("UID:one-more\nDTSTART:20260105T093000Z"));
    // One more than are kept: the time that is known ends where it is all known.
    let short = read(&calendar(&more), &reading()).unwrap();
    let until = short.until.unwrap();
    assert!(short.occurrences.len() <= 20_000 && short.occurrences.len() > 19_000, "{}", short.occurrences.len());
    assert!(short.occurrences.iter().all(|one| one.starts < until));
    let whole = read(&calendar(&many), &reading()).unwrap();
    let before = whole.occurrences.iter().filter(|one| one.starts < until).count();
    assert!(short.occurrences.len() - before <= 1, "nothing before it is missing");
    assert!(short.problem.unwrap().contains("more than 20000 occurrences, those from 2026-12-"));
    // Where all begin at once there is no such time.
    let at_once: String =
        (0..20_001).map(|n| event(&format!("UID:o{n}\nDTSTART:20260601T090000Z\nDURATION:PT30M"))).collect();
    assert!(matches!(read(&calendar(&at_once), &reading()), Err(ReadError::TooMuch { of: "occurrences", .. })));
    // Each second of all time, a day that never comes, and a start long ago.
    for (rule, problem) in [
        ("FREQ=SECONDLY", Some("a rule repeats more often than is followed")),
        ("FREQ=SECONDLY;COUNT=4000000000", Some("a rule repeats more often than is followed")),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", None),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260109T000000Z", Some("a rule of recurrence is none")),
        ("RSCALE=HEBREW;FREQ=YEARLY", Some("a rule of recurrence is none")),
    ] {
        let found = contents(&[&format!("UID:a\nDTSTART:20260101T090000Z\nRRULE:{rule}")]);
        assert_eq!(found.problem.as_deref().and_then(|told| told.split(": ").nth(1)), problem, "{rule}");
        assert_eq!(times(&found)[0], "01-01T09:00 01-01T09:00", "{rule}: its beginning is known");
    }
    let old = contents(&["UID:a\nDTSTART:19700101T090000Z\nRRULE:FREQ=DAILY"]);
    assert_eq!((old.occurrences.len(), &old.problem), (365, &None));
}

#[test]
fn weekdays_with_a_number_and_without_one_are_each_of_their_own_kind() {
    let days = |rule: &str| {
        let found = contents(&[&format!("UID:a\nDTSTART:20260105T090000Z\nRRULE:FREQ=MONTHLY;{rule}")]);
        assert_eq!(found.problem, None, "{rule}");
        times(&found).iter().map(|time| time[..5].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(days("BYDAY=TH,1MO;COUNT=7"), ["01-05", "01-08", "01-15", "01-22", "01-29", "02-02", "02-05"]);
    assert_eq!(days("BYDAY=MO,1MO;UNTIL=20260120T000000Z"), ["01-05", "01-12", "01-19"], "a day is once");
    // Which of both is the second cannot be told kind by kind; nor is a fifth last followed.
    for refused in ["BYDAY=TH,1MO;BYSETPOS=2", "BYDAY=-5MO"] {
        let found = contents(&[&format!("UID:a\nDTSTART:20260105T090000Z\nRRULE:FREQ=MONTHLY;{refused}")]);
        assert_eq!(times(&found), ["01-05T09:00 01-05T09:00"], "{refused}");
        assert!(found.problem.is_some(), "{refused}");
    }
}

#[test]
fn a_number_that_no_rule_has_is_said_and_not_taken_for_another() {
    for rule in ["INTERVAL=0", "INTERVAL=-2", "INTERVAL=65537", "COUNT=0", "BYHOUR=257", "BYMONTHDAY=260"] {
        let found = contents(&[&format!("UID:a\nDTSTART:20260105T090000Z\nRRULE:FREQ=DAILY;{rule}")]);
        let problem = found.problem.unwrap_or_default();
        assert!(problem.contains("a rule of recurrence is none"), "{rule}: {problem} {:?}", found.occurrences.len());
        assert!(found.occurrences.len() <= 1, "{rule}");
    }
}

/// Every day of the year that a weekly or daily rule names, found by looking at each.
fn slow(start: jiff::civil::DateTime, weekdays: &[i8], every: i64, zone: &TimeZone) -> Vec<Timestamp> {
    let monday = |day: jiff::civil::Date| {
        day.checked_sub(jiff::Span::new().days(i64::from(day.weekday().to_monday_zero_offset()))).unwrap()
    };
    let mut day = start.date();
    let mut found = Vec::new();
    while day.year() <= 2027 {
        let weeks = (monday(day) - monday(start.date())).get_days() / 7;
        let is_named = weekdays.contains(&day.weekday().to_monday_zero_offset());
        if i64::from(weeks) % every == 0 && is_named {
            let at = zone.to_ambiguous_timestamp(day.to_datetime(start.time())).compatible().unwrap();
            found.push(Timestamp(at.as_millisecond()));
        }
        day = day.tomorrow().unwrap();
    }
    let reading = reading();
    found.retain(|at| (reading.from..reading.until).contains(at));
    found
}

#[test]
fn weekly_rules_are_what_a_look_at_every_day_finds() {
    let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let mut seed = 7_u64;
    let mut dice = |sides: u64| {
        // A known sequence of Knuth's; the same on every run.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % sides
    };
    for zone in
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "UTC"]
    {
        let tz = TimeZone::get(zone).unwrap();
        for _ in 0..20 {
            let start = jiff::civil::date(2024 + dice(3) as i16, 1 + dice(12) as i8, 1 + dice(28) as i8).at(
                dice(24) as i8,
                [0, 15, 30, 45][dice(4) as usize],
                0,
                0,
            );
            let mut weekdays: Vec<i8> = vec![start.weekday().to_monday_zero_offset()];
            weekdays.extend((0..dice(4)).map(|_| dice(7) as i8));
            let every = 1 + dice(4) as i64;
            let days: Vec<&str> = weekdays.iter().map(|day| names[*day as usize]).collect();
            let found = contents(&[&format!(
                "UID:a\nDTSTART;TZID={zone}:{}\nRRULE:FREQ=WEEKLY;INTERVAL={every};BYDAY={}",
                start.strftime("%Y%m%dT%H%M%S"),
                days.join(",")
            )]);
            let starts: Vec<Timestamp> = found.occurrences.iter().map(|one| one.starts).collect();
            assert_eq!(starts, slow(start, &weekdays, every, &tz), "{zone} {start} {days:?} every {every}");
        }
    }
}

#[test]
fn an_object_that_is_broken_is_said_by_its_name_and_takes_no_other_with_it() {
    let one = |uid: &str| calendar(&event(&format!("UID:{uid}\nDTSTART:20260105T093000Z\nSUMMARY:Secret")));
    let named = |name: &str, ics: String| Named { name: name.to_owned(), ics };
    let broken = one("b").replace("END:VEVENT", "");
    let objects = [named("a.ics", one("a")), named("b.ics", broken.clone()), named("c.ics", one("c"))];
    let contents = read_objects(&objects, &reading()).unwrap();
    assert_eq!(contents.occurrences.len(), 2);
    assert_eq!(contents.problem.as_deref(), Some("1 event cannot be read: the object `b.ics` is broken"));
    let page = named("d.ics", "<html>Secret</html>".to_owned());
    let contents = read_objects(&[objects[0].clone(), objects[1].clone(), page.clone()], &reading()).unwrap();
    let problem = contents.problem.unwrap();
    assert!(problem.contains("`b.ics`") && problem.contains("`d.ics`") && !problem.contains("Secret"), "{problem}");
    // Where nothing of it is a calendar, what was read before stays.
    assert_eq!(read_objects(&[named("b.ics", broken), page], &reading()), Err(ReadError::BreaksOff));
    assert_eq!(read_objects(&[], &reading()).unwrap().occurrences, []);
}
