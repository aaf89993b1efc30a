#![allow(clippy::unwrap_used)]
use super::*;
use crate::concurrency::OnConflict;
use serde_json::json;

const GOOD: &str = "\
sequence: meeting_ended
version: 1
event: meeting_ended
priority: -2
concurrency: { key: event.payload.contact_id, on_conflict: cancel_older }
steps:
  classify:
    skill: classify-call-type
    with: { transcript_id: event.payload.transcript_id, limit: 5, deep: [{ kind: \"'x'\" }] }
    output: call_type
    rights: [context:transcript]
    limits: { fuel: 1000000 }
    timeout_ms: 2000
    fallback: classify-simply
    pin: 1.2.0
    for_each: { over: event.payload.parts, at_most: 5 }
    approval: { all: true, expires_ms: 3600000 }
    budget_micro_usd: 500
    without_money: answer
  draft:
    skill: draft-followup-email
    when: outputs.call_type == null || outputs.call_type.kind != 'internal'
    on_failure: continue
    retry: { attempts: 4, first_ms: 10 }
    accept:
      - proposal_generation
      - { event: calendar_find_times, when: follow_up.payload.confidence >= 0.8 }
    follow_ups:
      - when: output.hot
        for_each: output.list.filter(i, i.c > 0.8)
        event: content_retrieval
        payload: { phrase: item.phrase }
        delay_ms: 1000
  summary:
    action: card
    needs: [draft, classify: settled]
    on_failure: retry
    with: { title: \"'Call'\", sections: { Type: outputs.call_type } }
";

fn fail(text: &str) -> SequenceError {
    Sequence::parse("s.yaml", text).unwrap_err()
}

fn step(body: &str) -> String {
    format!("sequence: s\nversion: 1\nevent: meeting_ended\nsteps:\n{body}")
}

#[test]
fn a_good_file_loads_whole() {
    let sequence = Sequence::parse("s.yaml", GOOD).unwrap();
    let names: Vec<_> = sequence.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["classify", "draft", "summary"], "file order is kept");
    let [classify, draft, summary] = sequence.steps.as_slice() else { panic!("three steps") };
    assert_eq!(classify.limits.wall_ms, Some(2000));
    assert_eq!(classify.limits.fuel, Some(1_000_000));
    assert_eq!((sequence.priority, sequence.concurrency.as_ref().unwrap().on_conflict), (-2, OnConflict::CancelOlder));
    assert_eq!(classify.skills().map(SkillName::as_str).collect::<Vec<_>>(), ["classify-call-type", "classify-simply"]);
    assert_eq!(classify.names_module(&"classify-call-type".into()), Some("1.2.0"));
    assert_eq!(classify.names_module(&"classify-simply".into()), None, "its fallback is not meant");
    assert_eq!(draft.pin, None);
    assert_eq!(classify.approval, Approval { all: true, expires_ms: Some(3_600_000) });
    assert_eq!((classify.budget, draft.follow_ups[0].delay_ms), (Some(MicroUsd(500)), 1000));
    assert_eq!((classify.without_money, draft.without_money), (WithoutMoney::Answer, WithoutMoney::Wait));
    assert_eq!(classify.retry, RetryPolicy::ONCE);
    assert!(!classify.rights.allows(&"context:deal".parse().unwrap()));
    // Inferred from `when`.
    assert_eq!(draft.needs, [Need { step: "classify".into(), settled: false }]);
    assert_eq!((draft.retry.attempts, draft.retry.first_ms), (4, 10));
    assert_eq!(draft.accept.len(), 2);
    // The stated `settled` wins over the inferred one.
    assert_eq!(summary.needs.len(), 2);
    assert!(summary.needs.iter().any(|need| need.step.as_str() == "classify" && need.settled));
    assert_eq!(summary.retry.attempts, crate::retry::DEFAULT_STEP_ATTEMPTS);
    assert_eq!(sequence.pin, Pin::Gates);
    assert!(sequence.has_gates());
    let scope = Scope::new().with("event", &json!({"payload": {"transcript_id": "t1"}}));
    let input = classify.with.value(&scope).unwrap();
    assert_eq!(input, json!({"transcript_id": "t1", "limit": 5, "deep": [{"kind": "x"}]}));
}

#[test]
fn the_schema_takes_the_good_file() {
    let schema = Sequence::json_schema();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let file: Value = serde_saphyr::from_str(GOOD).unwrap();
    validator.validate(&file).map_err(|error| error.to_string()).unwrap();
    let mut wrong = file.clone();
    wrong["steps"]["draft"]["on_failure"] = json!("shrug");
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn mistakes_are_typed_and_placed() {
    use SequenceFault as F;
    let two = "  a: { skill: x }\n  b:\n    skill: y\n";
    for (text, fault, line, needle) in [
        (step("  a:\n    skill: x\n    neds: [b]\n"), F::UnknownField, 7, "neds"),
        (step("  a: { skill: x }\n  a: { skill: y }\n"), F::DuplicateKey, 6, "a"),
        (step("  a:\n    skill: x\n    timeout_ms: soon\n"), F::WrongValue, 7, ""),
        (step("  a:\n    skill: x\n    timeout_ms: 0\n"), F::WrongValue, 7, "600000"),
        (step("  a:\n    skill: x\n    retry: { attempts: 99 }\n"), F::WrongValue, 7, "attempts"),
        (step("  a:\n    skill: x\n    rights: [email]\n"), F::WrongValue, 7, "not a right"),
        (step("  a:\n    skill: x\n    for_each: { over: '[1]', at_most: 51 }\n"), F::WrongValue, 7, "1 to 50"),
        (step("  a:\n    skill: x\n    for_each: { over: '[1]' }\n"), F::MissingField, 7, "at_most"),
        (step("  a:\n    skill: x\n    for_each: { over: outputs.b, at_most: 1 }\n"), F::MissingNeed, 5, "`b`"),
        (step("  a:\n    skill: x\n    fallback: x\n"), F::WrongValue, 7, "its own fallback"),
        (step("  a:\n    action: card\n    fallback: x\n"), F::WrongValue, 7, "no fallback"),
        (step("  a:\n    skill: x\n    pin: newest\n"), F::WrongValue, 7, "sha256:"),
        (step("  a:\n    skill: x\n    pin: sha256:abc\n"), F::WrongValue, 7, "names no module"),
        (step("  a:\n    action: card\n    pin: step\n"), F::WrongValue, 7, "has no module"),
        (step("  a:\n    skill: x\n    approval: { expires_ms: 5 }\n"), F::WrongValue, 7, "60000"),
        (step("  a:\n    skill: x\n    approval: { never: true }\n"), F::UnknownField, 7, "never"),
        (step("  a:\n    skill: x\n    budget_micro_usd: -1\n"), F::WrongValue, 7, "micro-dollars"),
        (
            step("  a:\n    skill: x\n    follow_ups:\n      - event: email_received\n        delay_ms: 99999999999\n"),
            F::WrongValue,
            9,
            "at most",
        ),
        (step("  a: { skill: x }\n").replace("steps:", "priority: 10\nsteps:"), F::WrongValue, 4, "-9 to 9"),
        (
            step("  a: { skill: x }\n").replace("steps:", "concurrency: { on_conflict: skip }\nsteps:"),
            F::MissingField,
            4,
            "key",
        ),
        (step("  a:\n    action: cart\n"), F::WrongValue, 6, "cart"),
        (step("  a:\n    skill: x\n    action: card\n"), F::WrongValue, 5, "either"),
        (step(&format!("{two}    needs: [c]\n")), F::MissingNeed, 6, "`c`"),
        (step(&format!("{two}    with: {{ v: outputs.nope }}\n")), F::MissingNeed, 6, "`nope`"),
        (step("  a:\n    skill: x\n    needs: [b]\n  b:\n    skill: y\n    needs: [a]\n"), F::Cycle, 5, "a → b → a"),
        (step("  a:\n    skill: x\n    output: o\n  b:\n    skill: y\n    output: o\n"), F::DuplicateKey, 8, "`o`"),
        (step("  a:\n    skill: x\n    accept: [no_such_event]\n"), F::UnknownEvent, 7, "no_such_event"),
        (step("  {}\n").replace("steps:\n  {}", "steps: {}"), F::WrongValue, 0, "needs a step"),
        (GOOD.replace("event: meeting_ended\n", "event: meeting_end\n"), F::UnknownEvent, 3, "meeting_end"),
    ] {
        let error = fail(&text);
        assert_eq!(error.fault, fault, "{error}");
        assert_eq!(&*error.file, "s.yaml");
        // A map's own place may be its key's line or its first entry's.
        assert!(error.line == line || line > 0 && error.line == line + 1, "{error}: line {line}");
        assert!(error.to_string().contains(needle), "{error}");
    }
    assert_eq!(fail("sequence: \"open\n").fault, F::Syntax);
    assert_eq!(fail("version: 1\nevent: meeting_ended\nsteps: {}").fault, F::MissingField);
    assert_eq!(fail(&" ".repeat(MAX_FILE_BYTES + 1)).fault, F::TooLarge);
}

#[test]
fn a_bad_expression_names_its_place_and_a_way_out() {
    let error = fail(&step("  a:\n    skill: x\n    when: outputs.a +\n"));
    assert!(
        matches!(&error.fault, SequenceFault::BadExpression(why) if matches!(**why, ConditionError::Syntax { .. })),
        "{error}"
    );
    assert_eq!((error.line, error.field.as_str()), (7, "steps.a.when"));
    let error = fail(&step("  a:\n    skill: x\n    with: { v: evnt.payload }\n"));
    assert_eq!(error.hint.as_deref(), Some("did you mean `event`?"));
    let error = fail(&step("  a:\n    skill: x\n    with: { v: hello }\n"));
    assert!(error.hint.unwrap().contains("\"'hello'\""));
    let error = fail(&step("  a:\n    skill: x\n    when: event.a.all(x, event.b.all(y, x == y))\n"));
    assert!(
        matches!(&error.fault, SequenceFault::BadExpression(why) if matches!(**why, ConditionError::TooHeavy { .. })),
        "{error}"
    );
    // A variable of another place is not known here.
    let error = fail(&step("  a:\n    skill: x\n    when: item.x\n"));
    assert!(
        matches!(&error.fault, SequenceFault::BadExpression(why) if matches!(**why, ConditionError::UnknownName { .. })),
        "{error}"
    );
}

#[test]
fn hints_find_the_slip() {
    assert_eq!(
        fail(&step("  a:\n    skill: x\n    on_failur: stop\n")).hint.as_deref(),
        Some("did you mean `on_failure`?")
    );
    let sequence = Sequence::parse("s.yaml", GOOD).unwrap();
    let known = ["classify-call-typ", "draft-followup-email"].map(SkillName::from).into_iter().collect();
    let error = sequence.check_skills("s.yaml", &known).unwrap_err();
    assert_eq!(error.fault, SequenceFault::UnknownSkill);
    assert_eq!(error.hint.as_deref(), Some("did you mean `classify-call-typ`?"));
    assert!(error.line >= 5);
}

#[test]
fn a_step_without_a_right_it_needs_fails_at_load_and_says_who_could_grant_it() {
    let text = step("  a:\n    skill: x\n    rights: [context:deal]\n  b:\n    skill: x\n");
    let sequence = Sequence::parse("s.yaml", &text).unwrap();
    let standing = |asked: &[&str], granted: &[&str]| {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse::<Right>().unwrap()).collect::<Vec<_>>();
        let standing = Standing {
            asked: parse(asked),
            operator: Grant::Only(parse(granted).into_iter().collect()),
            modules: Vec::new(),
        };
        sequence.check_rights("s.yaml", &|_: &SkillName| Some(standing.clone()))
    };
    standing(&["context:deal", "llm:fast"], &["context:*", "llm:fast"]).unwrap();
    let error = standing(&["context:deal", "llm:fast"], &["context:*"]).unwrap_err();
    assert_eq!(error.fault, SequenceFault::MissingRight);
    assert_eq!((error.field.as_str(), error.line > 0), ("steps.b.rights", true));
    let said = error.to_string();
    for word in ["s.yaml:", "`llm:fast`", "\"x\" under [grants] in skillhost.toml", "`rights:`"] {
        assert!(said.contains(word), "{said}");
    }
    let error = standing(&["llm:fast"], &["context:*", "llm:fast"]).unwrap_err();
    assert_eq!(error.field, "steps.a.rights");
    assert!(error.to_string().contains("its author asks for `context:deal` in skill.toml"), "{error}");
}

#[test]
fn a_module_that_is_named_must_be_installed_and_not_revoked_and_asks_what_it_asks() {
    use crate::registry::ModuleState;
    let digest = format!("sha256:{}", "ab".repeat(32));
    let module = |version: &str, digest: &str, state, rights: &[&str]| ModuleRow {
        digest: digest.to_owned(),
        name: "x".into(),
        version: version.to_owned(),
        manifest: crate::skill::Manifest {
            rights: rights.iter().map(|right| (*right).to_owned()).collect(),
            ..crate::registry::tests::manifest(&[])
        },
        bytes: 1,
        state,
        installed_at: crate::time::Timestamp(0),
        installed_by: "folder".to_owned(),
    };
    let modules = [
        module("1.0.0", &digest, ModuleState::Installed, &["context:deal"]),
        module("2.0.0", "sha256:2", ModuleState::Installed, &[]),
        module("0.9.0", "sha256:3", ModuleState::Revoked, &[]),
    ];
    let granted = Grant::Only(["context:contact".parse().unwrap()].into());
    let standing = Standing { asked: Vec::new(), operator: granted, modules: modules.to_vec() };
    let check = |pin: &str, standing: Option<Standing>| {
        let sequence = Sequence::parse("s.yaml", &step(&format!("  a:\n    skill: x\n    pin: {pin}\n"))).unwrap();
        let standing = move |_: &SkillName| standing.clone();
        sequence.check_pins("s.yaml", &standing).and_then(|()| sequence.check_rights("s.yaml", &standing))
    };
    for good in ["2.0.0", "step", "job"] {
        check(good, Some(standing.clone())).unwrap();
    }
    for (pin, says) in
        [("3.0.0", "no module of `x` is installed that is `3.0.0`"), ("0.9.0", "the module sha256:3 of `x` is revoked")]
    {
        let error = check(pin, Some(standing.clone())).unwrap_err();
        assert_eq!(
            (error.fault.clone(), error.field.as_str(), error.line),
            (SequenceFault::UnknownModule, "steps.a.pin", 6)
        );
        let said = error.to_string();
        assert!(said.contains(says) && said.contains("installed are 1.0.0, 2.0.0; or leave `pin` out"), "{said}");
    }
    assert!(check("1.0.0", None).unwrap_err().to_string().contains("install one first"));
    // The active one asks nothing; the one that is named does, and is not granted it.
    for pin in ["1.0.0", digest.as_str()] {
        let error = check(pin, Some(standing.clone())).unwrap_err();
        assert_eq!(error.fault, SequenceFault::MissingRight, "{error}");
    }
}
