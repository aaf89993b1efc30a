//! On whose behalf a job runs, and what their org allows.

use serde_json::Value;
use skillhost_engine::admission::AdmissionFacts;
use skillhost_engine::effect::sender::Sender;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::quiet::Calm;
use skillhost_engine::rights::Grant;
use skillhost_engine::store::{StoreError, StoredPrincipal, User};

use crate::app::App;

/// What an org's settings allow: `rights`. An org that says nothing narrows
/// nothing; a list that cannot be read allows nothing.
pub(crate) fn org_grant(settings: Option<&Value>) -> Grant {
    match settings.and_then(|settings| settings.get("rights")) {
        None | Some(Value::Null) => Grant::Unrestricted,
        Some(list) => Grant::Only(serde_json::from_value(list.clone()).unwrap_or_default()),
    }
}

impl App {
    /// The settings of an org; `None` when there is no such org.
    pub(crate) async fn org_settings(&self, org: &OrgId) -> Result<Option<Value>, StoreError> {
        let found = self.store.org(org).await?;
        Ok(found.map(|mut org| org.get_mut("settings").map(Value::take).unwrap_or_default()))
    }

    /// What an org allows now.
    pub(crate) async fn org_grant(&self, org: &OrgId) -> Result<Grant, StoreError> {
        Ok(org_grant(self.org_settings(org).await?.as_ref()))
    }
}

/// An org and a user as they stand when a job starts to run.
pub(crate) struct Principal {
    /// The org's settings; `None` when there is no such org.
    pub(crate) settings: Option<Value>,
    /// `None` when the org has no such user.
    pub(crate) user: Option<User>,
    /// What admission must know of both.
    pub(crate) admission: AdmissionFacts,
}

impl Principal {
    /// Reads both.
    pub(crate) async fn load(app: &App, org: &OrgId, user: &UserId) -> Result<Self, StoreError> {
        let (settings, who) = futures::try_join!(app.org_settings(org), app.store.user(org, user))?;
        Self::of(app, StoredPrincipal { settings, user: who }).await
    }

    /// Of what was read; reads the user's last notifications where their number an hour is
    /// bounded.
    pub(crate) async fn of(app: &App, stored: StoredPrincipal) -> Result<Self, StoreError> {
        let StoredPrincipal { settings, user } = stored;
        let mut admission = AdmissionFacts::of(settings.as_ref(), user.as_ref());
        if let (Some(count), Some(user)) = (admission.calm.counts(), &user) {
            let since = Calm::looks_back(app.clock.now());
            admission.notified = app.store.notified(&user.org, &user.id, since, count).await?;
        }
        Ok(Self { settings, user, admission })
    }

    /// What the org allows: `settings.rights`.
    pub(crate) fn grant(&self) -> Grant {
        org_grant(self.settings.as_ref())
    }

    /// The user as a sender; nobody where there is none, whom nothing can be from.
    pub(super) fn sender(&self) -> Sender {
        self.user.as_ref().map(|user| Sender::new(&user.name, &user.email)).unwrap_or_default()
    }

    /// IANA zone of the user.
    pub(super) fn zone(&self) -> String {
        self.user.as_ref().map_or_else(|| "UTC".to_owned(), |user| user.zone.clone())
    }
}
