//! Whether what a job has to say disturbs its person by the time it says it.

use super::world::*;
use crate::admission::still_disturbs;
use crate::checkpoint::*;
use crate::sequence::Sequence;

const TWO: &str = "  a: { skill: x }\n  b: { skill: x, needs: [a: settled] }\n";

#[test]
fn whoever_asked_or_answered_just_now_is_not_disturbed() {
    let mut world = World::started(TWO);
    world.propose("a", gated());
    let disturbs = |world: &World, source: &str| {
        let mut job = world.job();
        job.row.event_source = source.to_owned();
        still_disturbs(&job, &world.sequence, world.facts.now)
    };
    for (source, is_disturbed) in [
        ("cron:x", true),
        ("api:x", true),
        ("slack:command", false),
        ("inbox:draft_reply", false),
        ("anew:job_1", false),
    ] {
        assert_eq!(disturbs(&world, source), is_disturbed, "{source}");
    }
    let id = world.open().id;
    let answered = settle(&world.situation(), &world.job(), &id, dana(approve())).unwrap();
    world.commit(&answered);
    assert!(!disturbs(&world, "cron:x"), "they are there");
    world.later(10 * 60_000);
    assert!(!disturbs(&world, "cron:x"));
    world.later(1);
    assert!(disturbs(&world, "cron:x"));

    // Another one's answer does not say that they are.
    let mut job = answered.job.clone();
    job.row.user = "somebody-else".into();
    assert!(still_disturbs(&job, &world.sequence, world.facts.now.plus_ms(-60_000)));
    let ignores = Sequence { disturbs: false, ..world.sequence.clone() };
    assert!(!still_disturbs(&world.job(), &ignores, world.facts.now));
}
