//! What was loaded of people and companies outside: the rows behind the local provider
//! of tier 3. Whoever asks gets them in the source's own shape, and the host holds them to
//! it.

use serde_json::{Map, Value, json};
use skillhost_engine::store::StoreError;

use super::Reader;
use crate::ask::{self, Ask, Params};

/// Articles that are looked at; the source keeps the newest of them.
const MAX_ARTICLES: usize = 5;

impl<D: Ask> Reader<'_, D> {
    /// A person or company, by what was asked with. Where nothing is said of a person's
    /// company, it is that of their address, also of a person of whom nothing else is known.
    pub(super) async fn enrichment(&self, source: &str) -> Result<Option<Value>, StoreError> {
        let key = if let (Some(name), Some(company)) = (self.param("name"), self.param("company")) {
            format!("name:{name}@{company}")
        } else {
            let asked = ["email", "domain", "url"].into_iter().find_map(|name| Some((name, self.param(name)?)));
            let Some((name, value)) = asked else { return Ok(None) };
            format!("{name}:{value}")
        };
        let mut found = self.enriched(source, &key.to_lowercase()).await?;
        let says_company = found.as_ref().is_some_and(|found| found.get("company").is_some_and(|one| !one.is_null()));
        if source == "apollo"
            && !says_company
            && let Some((_, domain)) = self.param("email").and_then(|email| email.rsplit_once('@'))
            && let Some(mut of_company) = self.enriched(source, &format!("domain:{}", domain.to_lowercase())).await?
        {
            match &mut found {
                Some(found) => {
                    found.insert("company".to_owned(), of_company.remove("company").unwrap_or_default());
                }
                None => {
                    // Whoever a row of a company may name is not who was asked for.
                    of_company.remove("person");
                    found = Some(of_company);
                }
            }
        }
        Ok(found.map(Value::Object))
    }

    async fn enriched(&self, source: &str, key: &str) -> Result<Option<Map<String, Value>>, StoreError> {
        let sql = "SELECT json_object('body', json(r.body), 'as_of', r.as_of) FROM enrichment r
            WHERE r.org_id = $1 AND r.source = $2 AND r.\"key\" = $3";
        let params = Params::new().text(self.org.as_str()).text(source).text(key);
        let row: Option<Value> = ask::one(self.db, Some(self.org), "of the enrichment", sql.to_owned(), params).await?;
        Ok(row.and_then(|mut row| {
            let Value::Object(mut body) = row["body"].take() else { return None };
            body.insert("as_of".to_owned(), row["as_of"].take());
            Some(body)
        }))
    }

    /// News of a company, by its name or domain.
    pub(super) async fn news(&self) -> Result<Option<Value>, StoreError> {
        let (by, value) = match (self.param("domain"), self.param("company")) {
            (Some(domain), _) => ("r.domain = $2", domain),
            (None, Some(company)) => ("r.company = $2", company),
            (None, None) => return Ok(None),
        };
        let sql = format!(
            "SELECT json_object('id', r.id, 'title', r.title, 'url', r.url, 'source', r.source,
                'published_at', r.published_at, 'summary', r.summary, 'kind', r.kind)
             FROM news_articles r WHERE r.org_id = $1 AND {by} AND r.published_at >= $3 AND r.published_at <= $4
             ORDER BY r.published_at DESC, r.id LIMIT {MAX_ARTICLES}"
        );
        let since = self.param("since").unwrap_or_default();
        let params = Params::new().text(self.org.as_str()).text(value.to_lowercase()).text(since);
        let params = params.text(self.now().rfc3339());
        let articles: Vec<Value> = ask::all(self.db, Some(self.org), "of the news", sql, params).await?;
        Ok(Some(json!({ "articles": articles })))
    }

    /// A template in full, or all of a kind.
    pub(super) async fn templates(&self) -> Result<Option<Value>, StoreError> {
        let object = "json_object('id', r.id, 'kind', r.kind, 'name', r.name, 'description', r.description,
            'tags', json(r.tags), 'industries', json(r.industries), 'stages', json(r.stages), 'min_cents', r.min_cents,
            'max_cents', r.max_cents, 'language', r.language, 'version', r.version, 'updated_at', r.updated_at,
            'url', r.url, 'variables', json(r.variables), 'sections', json(r.sections), 'body', r.body)";
        if let Some(id) = self.param("id") {
            let sql = format!("SELECT {object} FROM templates r WHERE r.org_id = $1 AND r.id = $2");
            let params = Params::new().text(self.org.as_str()).text(id);
            return ask::one(self.db, Some(self.org), "of the templates", sql, params).await;
        }
        let head = object.replace(", 'variables', json(r.variables), 'sections', json(r.sections), 'body', r.body", "");
        let most = skillhost_engine::context::shape::MAX_TEMPLATES;
        let sql = format!(
            "SELECT {head} FROM templates r WHERE r.org_id = $1 AND ($2 = '' OR r.kind = $2)
             ORDER BY r.kind, r.name, r.id LIMIT {most}"
        );
        let params = Params::new().text(self.org.as_str()).text(self.param("kind").unwrap_or_default());
        let rows: Vec<Value> = ask::all(self.db, Some(self.org), "of the templates", sql, params).await?;
        Ok(Some(Value::Array(rows)))
    }
}
