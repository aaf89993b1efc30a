//! Who is who between this host and its Slack workspace.
//!
//! A connection says it. A person without one is looked up by their address, and whoever
//! presses something in Slack without one by the address that the workspace has of them;
//! what is found becomes a connection, and that nobody was found is remembered for a while.
//!
//! Invariants:
//! * Only people of the workspace's own org are looked up or found: of the one org that has
//!   connections to it or, before there are any, of the only org there is. Where several
//!   have, an admin connects people.
//! * An address never changes a connection that is there.

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_connectors::chat::{LookupError, SlackPlace, SlackUsers};
use skillhost_connectors::slack::{SlackClient, SlackError, SlackUser};
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{AuditRow, Batch, Connection, Store, StoreError, User, Write};
use skillhost_engine::time::Clock;

use crate::app::App;

/// Kind of the connection that maps a person to Slack.
pub(crate) const SLACK_USER: &str = "slack-user";
/// Kind of the token that remembers that nobody was found.
const NOBODY: &str = "slack-nobody";
/// So long it is remembered: an address that is put right is found within the hour.
const NOBODY_MS: i64 = 3_600_000;
/// Rows read at a time.
const PAGE: u32 = 500;

/// Finds people on both sides.
#[derive(Clone)]
pub(crate) struct SlackPeople {
    store: Arc<dyn Store>,
    slack: Arc<SlackClient>,
    clock: Arc<dyn Clock>,
}

/// Why it is not known who somebody is; another time it may be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeopleError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Slack(#[from] SlackError),
}

impl SlackPeople {
    pub(crate) fn new(store: Arc<dyn Store>, slack: Arc<SlackClient>, clock: Arc<dyn Clock>) -> Self {
        Self { store, slack, clock }
    }

    /// Those of a running host that has a Slack.
    pub(crate) fn of(app: &App) -> Option<Self> {
        Some(Self::new(Arc::clone(&app.store), app.slack.clone()?, Arc::clone(&app.clock)))
    }

    /// Where a person is reached, as far as a connection says.
    pub(crate) async fn known(&self, org: &OrgId, user: &UserId) -> Result<Option<SlackPlace>, StoreError> {
        Ok(self.store.connection_of(SLACK_USER, org, user).await?.as_ref().and_then(place))
    }

    /// The address by which a person without a connection is to be looked up; nothing where
    /// it was tried of late, or where they are not of the workspace's org.
    pub(crate) async fn to_look_up(&self, org: &OrgId, user: &UserId) -> Result<Option<String>, StoreError> {
        let address = self.store.user(org, user).await?.map(|user| user.email).filter(|email| email.contains('@'));
        let Some(address) = address else { return Ok(None) };
        if self.is_nobody(&of_ours(org, user, &address)).await? || self.own_org().await?.as_ref() != Some(org) {
            return Ok(None);
        }
        Ok(Some(address))
    }

    /// Keeps what a look-up by address said; the place of the person, if it is one.
    pub(crate) async fn looked_up(
        &self,
        org: &OrgId,
        user: &UserId,
        address: &str,
        found: Option<SlackUser>,
    ) -> Result<Option<SlackPlace>, StoreError> {
        let found = found.filter(|found| found.email.as_ref().is_none_or(|email| same(email, address)));
        if let Some(found) = found
            && let Some(connection) = self.connect(org, user, &found).await?
        {
            return Ok(place(&connection));
        }
        self.nobody(&of_ours(org, user, address)).await?;
        Ok(None)
    }

    /// Who presses or types something in Slack.
    pub(crate) async fn who(&self, team: &str, slack_user: &str) -> Result<Option<User>, PeopleError> {
        let external = external_id(team, slack_user);
        if let Some(connection) = self.store.connection(SLACK_USER, &external).await? {
            return Ok(self.store.user(&connection.org, &connection.user).await?);
        }
        if self.is_nobody(&external).await? {
            return Ok(None);
        }
        if let Some(org) = self.own_org().await?
            && let Some(found) = self.slack.user_info(slack_user).await?
            // Somebody of another workspace, in a channel that both share.
            && found.team == team
            && found.id == slack_user
            && let Some(email) = &found.email
            && let Some(user) = self.store.user_with_address(&org, email).await?
            && self.store.connection_of(SLACK_USER, &org, &user.id).await?.is_none()
            && self.connect(&org, &user.id, &found).await?.is_some()
        {
            return Ok(Some(user));
        }
        self.nobody(&external).await?;
        Ok(None)
    }

    /// The org whose workspace it is.
    async fn own_org(&self) -> Result<Option<OrgId>, StoreError> {
        let mut own: Option<OrgId> = None;
        let mut after = 0;
        loop {
            let page = self.store.connections_of_kind(SLACK_USER, after, PAGE).await?;
            for (_, connection) in &page {
                match &own {
                    None => own = Some(connection.org.clone()),
                    Some(org) if *org != connection.org => return Ok(None),
                    Some(_) => {}
                }
            }
            match page.last() {
                Some((at, _)) => after = *at,
                None => break,
            }
        }
        if own.is_some() {
            return Ok(own);
        }
        let mut last: Option<User> = None;
        loop {
            let place = last.as_ref().map(|user| (&user.org, &user.id));
            let page = self.store.users_after(place, PAGE).await?;
            let first = last.as_ref().or(page.first()).map(|user| user.org.clone());
            if page.iter().any(|user| Some(&user.org) != first.as_ref()) {
                return Ok(None);
            }
            match page.into_iter().next_back() {
                Some(user) => last = Some(user),
                None => return Ok(first),
            }
        }
    }

    /// Connects a person of ours with one of the workspace, unless that one is somebody
    /// already.
    async fn connect(&self, org: &OrgId, user: &UserId, found: &SlackUser) -> Result<Option<Connection>, StoreError> {
        let external_id = external_id(&found.team, &found.id);
        if let Some(there) = self.store.connection(SLACK_USER, &external_id).await? {
            return Ok(Some(there).filter(|there| there.org == *org && there.user == *user));
        }
        let connection = Connection {
            kind: SLACK_USER.to_owned(),
            external_id,
            org: org.clone(),
            user: user.clone(),
            detail: json!({}),
        };
        self.store.put_connection(&connection).await?;
        let audit = AuditRow {
            org: org.clone(),
            job: None,
            actor: "host".to_owned(),
            action: "slack.connected".to_owned(),
            subject: user.to_string(),
            detail: json!({ "by": "address" }),
            at: self.clock.now(),
        };
        self.store.commit(Batch { writes: vec![Write::Audit(audit)] }).await?;
        tracing::info!(%org, %user, "a person was found in Slack by their address");
        Ok(Some(connection))
    }

    async fn is_nobody(&self, whom: &str) -> Result<bool, StoreError> {
        Ok(self.store.token(NOBODY, &sha256(whom.as_bytes()), self.clock.now(), false).await?.is_some())
    }

    async fn nobody(&self, whom: &str) -> Result<(), StoreError> {
        let until = self.clock.now().plus_ms(NOBODY_MS);
        self.store.put_token(NOBODY, &sha256(whom.as_bytes()), &Value::Null, until).await
    }
}

#[async_trait::async_trait]
impl SlackUsers for SlackPeople {
    async fn place(&self, org: &OrgId, user: &UserId) -> Result<Option<SlackPlace>, LookupError> {
        if let Some(known) = self.known(org, user).await.map_err(unread)? {
            return Ok(Some(known));
        }
        let Some(address) = self.to_look_up(org, user).await.map_err(unread)? else { return Ok(None) };
        let found = self.slack.user_by_email(&address).await.map_err(|error| LookupError {
            reason: error.to_string(),
            retry_after_ms: match error {
                SlackError::RateLimited { retry_after_ms, .. } => Some(retry_after_ms),
                _ => None,
            },
        })?;
        self.looked_up(org, user, &address, found).await.map_err(unread)
    }

    async fn manager(&self, org: &OrgId, user: &UserId) -> Result<Option<UserId>, LookupError> {
        let found = self.store.user(org, user).await.map_err(unread)?;
        Ok(found.and_then(|user| user.manager_id))
    }
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn unread(error: StoreError) -> LookupError {
    LookupError { reason: error.to_string(), retry_after_ms: None }
}

fn external_id(team: &str, slack_user: &str) -> String {
    format!("{team}/{slack_user}")
}

fn of_ours(org: &OrgId, user: &UserId, address: &str) -> String {
    // An address that was put right is another one.
    json!([org, user, address]).to_string()
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn place(connection: &Connection) -> Option<SlackPlace> {
    let (_, user) = connection.external_id.rsplit_once('/')?;
    let channel = connection.detail.get("channel").and_then(Value::as_str).filter(|channel| !channel.is_empty());
    Some(SlackPlace { user: user.to_owned(), channel: channel.map(str::to_owned) })
}
