//! Whether a kind of effect waits for a person, and whether this call may
//! propose it. Words for a card: the answer binds nobody.

use skillhost_engine::effect;
use wasmtime::component::Linker;

use super::{APPROVALS, CALL_FUEL, charge};
use crate::contract::approvals::Requirement;
use crate::state::CallState;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    linker.instance(APPROVALS)?.func_wrap("check", |mut store, (kind,): (String,)| {
        charge(&mut store, CALL_FUEL)?;
        let known = effect::kind(&kind);
        let requirement = Requirement {
            // A kind nobody knows is refused; until then it counts as the strictest.
            protected: known.is_none_or(|kind| kind.protected),
            permitted: known.is_some() && store.data().doors.rights.may_propose(&kind),
        };
        Ok((requirement,))
    })
}
