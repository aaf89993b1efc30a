//! On whose behalf a job runs, and what their org allows.

use serde_json::Value;
use skillhost_engine::admission::AdmissionFacts;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::rights::Grant;
use skillhost_engine::store::{StoreError, User};
use skillhost_engine::time::Timestamp;

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
    /// The user's last notifications, where their number an hour is bounded.
    notified: Vec<Timestamp>,
}

impl Principal {
    /// Reads both.
    pub(crate) async fn load(app: &App, org: &OrgId, user: &UserId) -> Result<Self, StoreError> {
        let (found, who) = futures::try_join!(app.store.org(org), app.store.user(org, user))?;
        let settings = found.map(|mut org| org.get_mut("settings").map(Value::take).unwrap_or_default());
        let mut principal = Self { settings, user: who, notified: Vec::new() };
        if let Some(count) = principal.admission().calm.counts() {
            principal.notified = app.store.notified(org, user, count).await?;
        }
        Ok(principal)
    }

    /// What admission must know.
    pub(crate) fn admission(&self) -> AdmissionFacts {
        let facts = AdmissionFacts::of(self.settings.as_ref(), self.user.as_ref());
        AdmissionFacts { notified: self.notified.clone(), ..facts }
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
