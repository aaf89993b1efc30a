//! What the hosts on this database tell each other, by LISTEN and NOTIFY.
//!
//! A transaction that notifies holds a lock of the whole database until it is flushed,
//! so commits do not: news are told beside them. The change of what serves a skill is
//! the exception (a trigger of the migrations), because it is rare and must reach all.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use skillhost_engine::news::News;
use skillhost_engine::store::StoreError;
use sqlx::Executor as _;
use sqlx::postgres::PgListener;
use tokio::time::timeout;

use crate::error::{Fault, closed, refused};
use crate::postgres::open::PostgresStore;

/// As the trigger of the migrations has it.
const CHANNEL: &str = "skillhost_news";
/// How long nothing may be heard before the connection is asked whether it is still
/// there: nobody tells a listener that its network is gone.
const SILENCE: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct Heard {
    from: String,
    news: News,
}

#[derive(Serialize)]
struct Told<'a> {
    from: &'a str,
    news: &'a News,
}

/// What a host hears; of its own it hears nothing. Words of a newer host may mean
/// anything.
fn understood(payload: &str, boot: &str) -> Option<News> {
    match serde_json::from_str::<Heard>(payload) {
        Ok(heard) if heard.from == boot => None,
        Ok(heard) => Some(heard.news),
        Err(_) => Some(News::Missed),
    }
}

impl PostgresStore {
    fn this_boot(&self) -> &str {
        self.boot.get().map(String::as_str).unwrap_or_default()
    }

    async fn listener(&self) -> Result<PgListener, sqlx::Error> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(listener)
    }

    /// Waits for news. What was told while nobody listened is [`News::Missed`].
    pub(crate) async fn hear(&self) -> Result<News, StoreError> {
        let failed = |error: sqlx::Error| match error {
            sqlx::Error::PoolClosed => closed(),
            error => Fault::from(&error).into(),
        };
        let mut ears = self.ears.lock().await;
        // Taken out, so that a listener that failed or was cut off is not used again.
        let Some(mut listener) = ears.take() else {
            *ears = Some(self.listener().await.map_err(failed)?);
            return Ok(News::Missed);
        };
        let news = loop {
            match timeout(SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(told))) => {
                    if let Some(news) = understood(told.payload(), self.this_boot()) {
                        break news;
                    }
                }
                // It was lost, and is there again.
                Ok(Ok(None)) => break News::Missed,
                Ok(Err(error)) => return Err(failed(error)),
                Err(_) => listener.execute("SELECT 1").await.map(drop).map_err(failed)?,
            }
        };
        *ears = Some(listener);
        Ok(news)
    }

    /// Tells every other host on this database.
    pub(crate) async fn say(&self, news: &News) -> Result<(), StoreError> {
        let told = Told { from: self.this_boot(), news };
        let payload = serde_json::to_string(&told).map_err(|error| refused(error.to_string()))?;
        let sent = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(&self.pool);
        sent.await.map(drop).map_err(|error| Fault::from(&error).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_s_own_words_are_no_news_and_strange_ones_are_any() {
        let skills = r#"{"from":"","news":"skills"}"#;
        assert_eq!(understood(skills, "boot_1"), Some(News::Skills));
        assert_eq!(understood(r#"{"from":"boot_1","news":"work"}"#, "boot_1"), None);
        assert_eq!(understood(r#"{"from":"boot_2","news":"work"}"#, "boot_1"), Some(News::Work));
        for strange in ["", "x", r#"{"from":"boot_2","news":"weather"}"#] {
            assert_eq!(understood(strange, "boot_1"), Some(News::Missed), "{strange}");
        }
    }
}
