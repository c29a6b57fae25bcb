//! What is done to somebody's browser by its developer tools: the network that goes, the sleep, the storage that is looked
//! into or wiped. None of it is done by the person, and none of it calls into the app.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use deskbell_browser::devtools;
use serde_json::json;

use super::diary::Diary;
use super::person::{LOOK, PATIENCE, Person};

impl Person {
    /// Notes what is in the widget's storage, read by the developer tools past the page.
    pub async fn looks_into_storage(&self, diary: &mut Diary) -> Result<()> {
        let client = self.client()?;
        let params = json!({
            "storageKey": self.storage_key(), "databaseName": self.places.site_key, "objectStoreName": "outbox",
            "skipCount": 0, "pageSize": 1000,
        });
        devtools(client, "IndexedDB.enable", json!({})).await?;
        let rows = devtools(client, "IndexedDB.requestData", params).await?;
        let rows = rows["objectStoreDataEntries"].as_array().context("no rows of the outbox")?;
        // As it is written, not as some tool shows it.
        let texts: Vec<&str> = rows.iter().filter_map(|row| row["value"]["value"].as_str()).collect();
        diary.finds_stored(self.number, &texts.join("\n"));
        Ok(())
    }

    /// Waits until the widget's storage has everything that was typed into the first tab.
    pub async fn sees_stored(&self, diary: &mut Diary) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            self.looks_into_storage(diary).await?;
            if diary.all_kept(self.tabs[0].page) {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("what waits to be sent is not in the browser's storage");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Empties the widget's storage behind the page's back, as cleaning tools do.
    pub async fn wipes_storage(&self) -> Result<()> {
        let params = json!({ "storageKey": self.storage_key(), "storageTypes": "indexeddb" });
        devtools(self.client()?, "Storage.clearDataForStorageKey", params).await?;
        Ok(())
    }

    /// Storage of a frame belongs to the site around it, too.
    fn storage_key(&self) -> String {
        let site = self.places.shop.rsplit_once(':').map_or("", |(site, _)| site);
        format!("{}/^0{site}", self.places.chat)
    }

    /// The browser believes that there is no network, or that there is one again.
    pub async fn goes_offline(&self, offline: bool) -> Result<()> {
        let params =
            json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        for tab in 0..self.tabs.len() {
            self.turns_to(tab).await?;
            devtools(self.client()?, "Network.enable", json!({})).await?;
            devtools(self.client()?, "Network.emulateNetworkConditions", params.clone()).await?;
        }
        Ok(())
    }

    /// The page in front is frozen as a sleeping machine's, or goes on.
    pub async fn freezes(&self, frozen: bool) -> Result<()> {
        let state = if frozen { "frozen" } else { "active" };
        devtools(self.client()?, "Page.setWebLifecycleState", json!({ "state": state })).await?;
        Ok(())
    }
}
