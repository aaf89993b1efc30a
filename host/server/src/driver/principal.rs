//! On whose behalf a job runs, and what their org allows.

use serde_json::Value;
use skillhost_engine::admission::AdmissionFacts;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::rights::Grant;
use skillhost_engine::store::{StoreError, User};

use crate::app::App;

/// What an org's settings allow: `rights`. An org that says nothing narrows
/// nothing; a list that cannot be read allows nothing.
pub(crate) fn org_grant(settings: Option<&Value>) -> Grant {
    match settings.and_then(|settings| settings.get("rights")) {
        None | Some(Value::Null) => Grant::Unrestricted,
        Some(list) => Grant::Only(serde_json::from_value(list.clone()).unwrap_or_default()),
    }
}

/// An org and a user as they stand when a job starts to run.
pub(crate) struct Principal {
    /// The org's settings; `None` when there is no such org.
    pub(crate) settings: Option<Value>,
    /// `None` when the org has no such user.
    pub(crate) user: Option<User>,
}

impl Principal {
    /// Reads both.
    pub(crate) async fn load(app: &App, org: &OrgId, user: &UserId) -> Result<Self, StoreError> {
        let (found, user) = futures::try_join!(app.store.org(org), app.store.user(org, user))?;
        let settings = found.map(|mut org| org.get_mut("settings").map(Value::take).unwrap_or_default());
        Ok(Self { settings, user })
    }

    /// What admission must know.
    pub(crate) fn admission(&self) -> AdmissionFacts {
        AdmissionFacts::of(self.settings.as_ref(), self.user.as_ref())
    }

    /// What the org allows: `settings.rights`.
    pub(crate) fn grant(&self) -> Grant {
        org_grant(self.settings.as_ref())
    }

    /// Address of the user; empty where there is none, which nothing can be from.
    pub(super) fn address(&self) -> String {
        self.user.as_ref().map(|user| user.email.clone()).unwrap_or_default()
    }

    /// IANA zone of the user.
    pub(super) fn zone(&self) -> String {
        self.user.as_ref().map_or_else(|| "UTC".to_owned(), |user| user.zone.clone())
    }
}
