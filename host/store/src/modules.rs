//! Reads of the registry: installed modules, and what served when.

use skillhost_engine::ids::SkillName;
use skillhost_engine::registry::{ModuleRow, SkillChange};
use skillhost_engine::store::StoreError;

use crate::ask::{self, Ask, Params};
use crate::columns::{MODULE, SKILL_CHANGE};

/// Most lines of a history: far more versions than anybody goes back.
const MAX_CHANGES: u32 = 1000;

pub(crate) async fn all(db: &impl Ask) -> Result<Vec<ModuleRow>, StoreError> {
    let sql = format!("SELECT {MODULE} FROM skill_modules m ORDER BY m.n");
    ask::all(db, None, "of the modules", sql, Params::new()).await
}

pub(crate) async fn standings(db: &impl Ask) -> Result<Vec<SkillChange>, StoreError> {
    let sql = format!(
        "SELECT {SKILL_CHANGE} FROM skill_changes c
         WHERE c.seq = (SELECT max(l.seq) FROM skill_changes l WHERE l.skill = c.skill) ORDER BY c.skill"
    );
    ask::all(db, None, "of the skills' standings", sql, Params::new()).await
}

/// The newest `limit` lines, oldest first.
pub(crate) async fn history(db: &impl Ask, skill: &SkillName, limit: u32) -> Result<Vec<SkillChange>, StoreError> {
    let sql = format!("SELECT {SKILL_CHANGE} FROM skill_changes c WHERE c.skill = $1 ORDER BY c.seq DESC LIMIT $2");
    let params = Params::new().text(skill.as_str()).int(i64::from(limit.min(MAX_CHANGES)));
    let mut lines: Vec<SkillChange> = ask::all(db, None, "of a skill's history", sql, params).await?;
    lines.reverse();
    Ok(lines)
}
