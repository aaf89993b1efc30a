#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["deal", "deal.stage", "email.send", "email.draft", "small"])
}

fn place(wide: bool) -> impl Strategy<Value = String> {
    let hosts = vec!["example.com", "a.example.com", "b.a.example.com", "10.1.2.3", "[2001:db8::1]"];
    let wide_hosts = vec!["*.example.com", "*.a.example.com", "*", "example.com"];
    let host = if wide { prop::sample::select(wide_hosts) } else { prop::sample::select(hosts) };
    let port = prop::sample::select(vec!["", ":443", ":8443"]);
    let path = prop::sample::select(vec!["/", "/v1", "/v1/", "/v1/users", "/v10"]);
    (host, port, path).prop_map(|(host, port, path)| format!("http:{host}{port}{path}"))
}

fn right(grant: bool) -> impl Strategy<Value = Right> {
    let named = (0_usize..6, name(), any::<bool>()).prop_map(move |(family, name, wild)| {
        let plain = family >= 4;
        let name = if plain { name.replace('.', "-") } else { name.to_owned() };
        let name = match (grant && wild, name.split_once('.')) {
            (true, Some((stem, _))) => format!("{stem}.*"),
            (true, None) => "*".to_owned(),
            (false, _) => name,
        };
        match family {
            0 => Right::Context(name),
            1 => Right::Effect(name),
            2 => Right::Llm(name),
            3 => Right::ContextOrg(name),
            4 => Right::Fs(name),
            _ => Right::Secret(name),
        }
    });
    let placed = prop_oneof![place(false), place(grant)].prop_filter_map("a right", move |text| {
        let right: Right = text.parse().unwrap();
        (grant || right.is_exact()).then_some(right)
    });
    prop_oneof![named, placed]
}

fn grant() -> impl Strategy<Value = Grant> {
    let only = prop::collection::btree_set(right(true), 0..6).prop_map(Grant::Only);
    prop_oneof![4 => only, 1 => Just(Grant::Unrestricted)]
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    prop::collection::vec(grant(), 0..4)
}

fn asked() -> impl Strategy<Value = Vec<Right>> {
    prop::collection::vec(right(false), 0..10)
}

fn meet(asked: &[Right], grants: &[Grant]) -> RightSet {
    RightSet::meet(asked, &grants.iter().collect::<Vec<_>>())
}

/// Whether whoever has the wide set may do all that the narrow one allows.
fn within(narrow: &RightSet, wide: &RightSet) -> bool {
    narrow.iter().all(|right| wide.iter().any(|other| other.covers(right)))
}

const TARGETS: [&str; 9] = [
    "https://example.com/",
    "https://example.com/v1/users",
    "https://a.example.com/v1",
    "https://b.a.example.com/v1/users/7?x=1",
    "https://example.com:8443/v1/users",
    "http://example.com:8443/v10",
    "http://example.com/v1",
    "https://10.1.2.3/v1",
    "https://[2001:db8::1]/v1",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_party_only_narrows(asked in asked(), mut grants in grants(), more in right(true)) {
        let before = meet(&asked, &grants);
        grants.push(Grant::Only([more].into()));
        prop_assert!(within(&meet(&asked, &grants), &before));
        grants.push(Grant::Only(BTreeSet::new()));
        prop_assert!(meet(&asked, &grants).iter().next().is_none(), "one that denies all wins");
    }

    #[test]
    fn a_wider_grant_never_takes_away(asked in asked(), grants in grants(), more in right(true)) {
        let before = meet(&asked, &grants);
        let wider: Vec<Grant> = grants.into_iter().map(|grant| match grant {
            Grant::Unrestricted => Grant::Unrestricted,
            Grant::Only(mut rights) => { rights.insert(more.clone()); Grant::Only(rights) }
        }).collect();
        prop_assert!(within(&before, &meet(&asked, &wider)));
    }

    #[test]
    fn order_does_not_matter(mut asked in asked(), mut grants in grants()) {
        let before = meet(&asked, &grants);
        asked.reverse();
        grants.reverse();
        prop_assert_eq!(meet(&asked, &grants), before);
    }

    #[test]
    fn nothing_is_granted_unasked_and_a_wide_ask_gets_nothing(asked in asked(), grants in grants(), wide in right(true)) {
        let got = meet(&asked, &grants);
        prop_assert!(got.iter().all(|right| asked.iter().any(|ask| ask.covers(right))));
        if !wide.is_exact() {
            prop_assert!(meet(&[wide], &[Grant::Unrestricted]).iter().next().is_none());
        }
    }

    #[test]
    fn an_address_is_reached_when_and_only_when_every_party_lets_it(asked in asked(), grants in grants()) {
        let got = meet(&asked, &grants);
        let holds = |right: &Right, target: &HttpTarget| matches!(right, Right::Http(place) if place.holds(target));
        for url in TARGETS {
            let target = HttpTarget::parse(url).unwrap();
            let all = asked.iter().any(|right| right.is_exact() && holds(right, &target))
                && grants.iter().all(|grant| match grant {
                    Grant::Unrestricted => true,
                    Grant::Only(rights) => rights.iter().any(|right| holds(right, &target)),
                });
            prop_assert_eq!(got.may_fetch(&target), all, "{}", url);
        }
    }

    #[test]
    fn text_and_right_are_one(right in right(true)) {
        prop_assert_eq!(serde_json::to_value(&right).unwrap(), serde_json::Value::from(right.to_string()));
        prop_assert_eq!(right.to_string().parse::<Right>(), Ok(right));
    }

    #[test]
    fn what_is_explained_is_what_a_call_gets(asked in asked(), operator in grant(), org in grant(), step in grant()) {
        let parties = Parties { asked: &asked, operator: &operator, org: &org, step: &step };
        let explained: RightSet = parties.explain().into_iter().flat_map(|row| row.effective).collect();
        prop_assert_eq!(explained, parties.effective());
        for row in parties.explain() {
            let words = [&row.manifest, &row.operator, &row.org, &row.step];
            prop_assert!(row.effective.is_empty() || words.iter().all(|word| word.yes), "{:?}", row);
        }
        // Where nothing is lacking, the org alone can still say no.
        if parties.lacking().is_empty() {
            let open = Parties { org: &Grant::Unrestricted, ..parties };
            if step == Grant::Unrestricted {
                prop_assert!(asked.iter().all(|right| open.effective().iter().any(|got| got.covers(right))));
            }
        }
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC{0,80}", escaped in "[%/.;2eEfF5c\\\\]{0,24}") {
        let _ = text.parse::<Right>();
        let _ = HttpTarget::parse(&text);
        if let Ok(target) = HttpTarget::parse(&format!("https://example.com/v1/{escaped}")) {
            // Whatever is let through stays below the prefix, however often it is unescaped.
            let place: HttpPlace = "example.com/v1".parse().unwrap();
            prop_assert!(place.holds(&target));
            prop_assert!(!escaped.to_lowercase().replace("%2e", ".").split('/').any(|part| part == ".." || part == "."));
        }
    }
}

#[test]
fn what_is_no_right_does_not_parse() {
    for text in [
        "",
        "deal",
        "context:",
        "context:A",
        "door:x",
        "effect:a b",
        "context:a*b",
        "llm:**",
        "context:@org",
        "effect:email.send@org",
        "fs:..",
        "fs:a/b",
        "fs:a.b",
        "secret:A",
        "http:",
        "http:example.com",
        "http:/v1",
        "http:https://example.com/",
        "http:user@example.com/",
        "http:example.com:0/",
        "http:example.com:99999/",
        "http:example.com:+80/",
        "http:example.com/a//b",
        "http:example.com/a/../b",
        "http:example.com/%2e%2e",
        "http:example.com/a?b",
        "http:example.com/a#b",
        "http:exa mple.com/",
        "http:127.1/",
        "http:0x7f.1/",
        "http:2130706433/",
        "http:ex*.com/",
        "http:*.1/",
        "http:example..com/",
        "http:[::1/",
        "http:[zz]/",
        "http:пример.рф/",
    ] {
        assert!(text.parse::<Right>().is_err(), "{text}");
    }
}

#[test]
fn places_have_one_spelling() {
    for (text, same) in [
        ("http:Example.COM/v1/", "http:example.com/v1"),
        ("http:example.com:443/", "http:example.com/"),
        ("http:[2001:DB8:0::1]/", "http:[2001:db8::1]/"),
    ] {
        assert_eq!(text.parse::<Right>().unwrap().to_string(), same);
    }
}

fn rights(texts: &[&str]) -> RightSet {
    texts.iter().map(|text| text.parse::<Right>().unwrap()).collect()
}

#[test]
fn a_prefix_matches_whole_segments_only() {
    let set = rights(&["http:api.example.com/v1", "http:intern.example.com:8080/"]);
    let may = |url: &str| HttpTarget::parse(url).map(|target| set.may_fetch(&target));
    for url in [
        "https://api.example.com/v1",
        "https://API.example.com/v1/",
        "https://api.example.com:443/v1/users?q=/../..",
        "https://api.example.com/%76%31/users",
        "http://intern.example.com:8080/anything",
    ] {
        assert_eq!(may(url), Ok(true), "{url}");
    }
    for url in [
        "https://api.example.com/v10",
        "https://api.example.com/",
        "https://api.example.com/V1",
        "http://api.example.com/v1",
        "https://api.example.com:8443/v1",
        "https://api.example.com.evil.example/v1",
        "https://x.api.example.com/v1",
        "http://intern.example.com/",
    ] {
        assert_eq!(may(url), Ok(false), "{url}");
    }
    for url in [
        "https://api.example.com/v1/../admin",
        "https://api.example.com/v1/%2e%2e/admin",
        "https://api.example.com/v1/%2E./admin",
        "https://api.example.com/v1/%252e%252e/admin",
        "https://api.example.com/v1/..;/admin",
        "https://api.example.com/v1/..%2fadmin",
        "https://api.example.com/v1%2f..%2fadmin",
        "https://api.example.com/v1/..\\admin",
        "https://api.example.com/v1/%5c..",
        "https://api.example.com//v1",
        "https://api.example.com/v1//x",
        "https://user:pw@api.example.com/v1",
        "https://api.example.com@evil.example/v1",
        "https://api.example.com\\@evil.example/v1",
        "https://api.example.com/v1#x",
        "https://api.example.com/v1\r\nHost: x",
        "https://api.example.com/v1%0d%0aHost:%20x",
        "https://127.1/v1",
        "https://0x7f000001/v1",
        "https://2130706433/v1",
        "https://api.example.com:443:80/v1",
        "//api.example.com/v1",
        "file:///etc/passwd",
    ] {
        assert!(may(url).is_err(), "{url}");
    }
}

#[test]
fn an_org_wide_read_is_a_right_of_its_own() {
    let asked: Vec<Right> = ["context:deal", "context:deal@org"].map(|text| text.parse().unwrap()).into();
    let user_only = Grant::Only(["context:*".parse().unwrap()].into());
    let set = RightSet::meet(&asked, &[&user_only]);
    assert!(set.may_read("deal") && !set.may_read("deal@org"));
    let both = Grant::Only(["context:*".parse().unwrap(), "context:*@org".parse().unwrap()].into());
    assert!(RightSet::meet(&asked, &[&both]).may_read("deal@org"));
}

#[test]
fn a_step_narrows_a_place_to_a_deeper_one() {
    let asked: Vec<Right> = vec!["http:api.example.com/".parse().unwrap()];
    let operator = Grant::Only(["http:*.example.com/v1".parse().unwrap()].into());
    let step = Grant::Only(["http:api.example.com/v1/users".parse().unwrap()].into());
    let parties = Parties { asked: &asked, operator: &operator, org: &Grant::Unrestricted, step: &step };
    assert_eq!(parties.effective(), rights(&["http:api.example.com/v1/users"]));
    assert_eq!(parties.lacking(), []);
}

#[test]
fn what_a_step_needs_and_who_says_no() {
    let asked: Vec<Right> = ["context:deal", "llm:fast"].map(|text| text.parse().unwrap()).into();
    let operator = Grant::Only(["context:*".parse().unwrap()].into());
    let lacking = |step: &Grant| {
        let parties = Parties { asked: &asked, operator: &operator, org: &Grant::Unrestricted, step };
        parties.lacking().into_iter().map(|lacking| (lacking.right.to_string(), lacking.by)).collect::<Vec<_>>()
    };
    let only = |texts: &[&str]| Grant::Only(texts.iter().map(|text| text.parse().unwrap()).collect());
    assert_eq!(lacking(&Grant::Unrestricted), [("llm:fast".to_owned(), Party::Operator)]);
    assert_eq!(lacking(&only(&["context:deal"])), []);
    assert_eq!(lacking(&only(&["context:*"])), []);
    assert_eq!(lacking(&only(&["context:emails"])), [("context:emails".to_owned(), Party::Manifest)]);
    assert_eq!(lacking(&only(&["llm:*"])), [("llm:fast".to_owned(), Party::Operator)]);
}

#[test]
fn a_name_has_these_characters_and_no_others() {
    for c in (0_u8..128).map(char::from) {
        let plain = c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-' || c == '*';
        assert_eq!(format!("context:{c}").parse::<Right>().is_ok(), plain || c == '.', "{c:?}");
        assert_eq!(format!("fs:{c}").parse::<Right>().is_ok(), plain, "{c:?}");
    }
    assert!(format!("llm:{}", "a".repeat(64)).parse::<Right>().is_ok());
    assert!(format!("llm:{}", "a".repeat(65)).parse::<Right>().is_err());
}

#[test]
fn a_host_is_as_long_as_dns_lets_it_be() {
    let label = |length| "a".repeat(length);
    let host = |last| format!("http:{0}.{0}.{0}.{1}/", label(63), label(last));
    assert!(host(61).parse::<Right>().is_ok(), "253 characters");
    assert!(host(62).parse::<Right>().is_err());
    assert!(format!("http:{}/", label(64)).parse::<Right>().is_err(), "a label has 63");
    assert!("http:/".parse::<Right>().is_err(), "and there is one");
}

#[test]
fn a_remedy_names_the_right_and_where_it_is_given() {
    let right: Right = "llm:fast".parse().unwrap();
    for (party, place) in [
        (Party::Manifest, "skill.toml"),
        (Party::Operator, "\"echo\" under [grants]"),
        (Party::Org, "settings"),
        (Party::Step, "rights:"),
    ] {
        let remedy = party.remedy("echo", &right);
        assert!(remedy.contains("`llm:fast`") && remedy.contains(place), "{remedy}");
    }
}

#[test]
fn each_question_is_answered_by_its_own_right() {
    let have = |rights: &[&str]| rights.iter().map(|right| right.parse::<Right>().unwrap()).collect::<RightSet>();
    let set = have(&["llm:small", "secret:crm", "fs:templates", "fs:scratch", "context:deal"]);
    assert!(set.may_ask("small") && !set.may_ask("large") && !RightSet::default().may_ask("small"));
    assert!(set.may_use("crm") && !set.may_use("small") && !RightSet::default().may_use("crm"));
    assert_eq!(set.directories().collect::<Vec<_>>(), ["scratch", "templates"]);
    assert_eq!(RightSet::default().directories().count(), 0);
}

#[test]
fn the_meet_of_a_family_and_one_of_it_is_that_one_from_both_sides() {
    let (family, one): (Right, Right) = ("context:*".parse().unwrap(), "context:deal".parse().unwrap());
    assert_eq!(family.meet(&one), Some(one.clone()));
    assert_eq!(one.meet(&family), Some(one.clone()));
    assert_eq!(one.meet(&"context:contact".parse().unwrap()), None);
}

#[test]
fn an_address_says_what_it_is() {
    let of = |url: &str| {
        let target = HttpTarget::parse(url).unwrap();
        (target.is_https(), target.host().to_owned(), target.port(), target.place())
    };
    let named = |https, host: &str, port, place: &str| (https, host.to_owned(), port, place.to_owned());
    assert_eq!(of("https://API.example.com/v1/x?q=1"), named(true, "api.example.com", 443, "http:api.example.com/v1"));
    assert_eq!(of("http://api.example.com"), named(false, "api.example.com", 80, "http:api.example.com:80/"));
    assert_eq!(of("https://[2001:DB8::1]:8443/"), named(true, "[2001:db8::1]", 8443, "http:[2001:db8::1]:8443/"));
    let long = |bytes: usize| format!("https://example.com/{}", "a".repeat(bytes - "https://example.com/".len()));
    assert!(HttpTarget::parse(&long(8 * 1024)).is_ok());
    assert_eq!(HttpTarget::parse(&long(8 * 1024 + 1)), Err(PlaceError::Length));
}

#[test]
fn a_place_is_read_in_one_way() {
    let place = |text: &str| text.parse::<HttpPlace>();
    assert!(place("my-app_1.example.com/").is_ok());
    for wide in ["*/", "*.example.com/v1"] {
        assert!(!place(wide).unwrap().is_exact(), "{wide}");
    }
    assert!(place("example.com/v1").unwrap().is_exact());
    for (text, error) in [
        ("[2001:db8::1]x/", PlaceError::Host),
        ("*.1.2.3.4/", PlaceError::Host),
        ("-a.example.com/", PlaceError::Host),
        ("example.com//", PlaceError::Path),
    ] {
        assert_eq!(place(text), Err(error), "{text}");
    }
    assert!(place("example.com/").is_ok());
    let deep = |bytes: usize| format!("example.com/{}", "a".repeat(bytes - 1));
    assert!(place(&deep(512)).is_ok());
    assert_eq!(place(&deep(513)), Err(PlaceError::Length));
}
