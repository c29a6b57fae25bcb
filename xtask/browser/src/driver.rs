//! The WebDriver of one kind of browser. chromedriver serves any number of browsers, the others serve one each.

use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::process::Running;
use crate::{Engine, Profile, chromium, firefox, webkit};

/// The programs of one that listens, and where commands go.
pub(crate) type Listening = (Vec<Running>, String);

/// Starts browsers of one kind. What they need ends with this value.
pub struct Driver {
    engine: Engine,
    shared: Option<String>,
    programs: Mutex<Vec<Running>>,
}

impl Driver {
    /// Gets ready to start browsers of this kind, on free ports.
    pub fn start(engine: Engine) -> Result<Driver> {
        let mut driver = Driver { engine, shared: None, programs: Mutex::default() };
        if engine == Engine::Chromium {
            driver.shared = Some(driver.keep(chromium::listen()?));
        }
        Ok(driver)
    }

    /// What it starts.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Starts a browser whose profile lies in `folder`. It accepts a certificate that nobody vouches for: Chromium the one
    /// whose key has this fingerprint, the others any.
    pub async fn open(&self, folder: &Path, profile: Profile, fingerprint: Option<&str>) -> Result<Client> {
        std::fs::create_dir_all(downloads(folder))?;
        let mut wanted = match self.engine {
            Engine::Chromium => chromium::capabilities(folder, profile, fingerprint),
            Engine::Firefox => firefox::capabilities(folder, profile)?,
            Engine::WebKit => webkit::capabilities(profile)?,
        };
        wanted["timeouts"] = json!({ "implicit": 0, "pageLoad": 30_000, "script": 60_000 });
        let address = match &self.shared {
            Some(shared) => shared.clone(),
            None if self.engine == Engine::WebKit => self.keep(webkit::listen(folder)?),
            None => self.keep(firefox::listen()?),
        };
        let Value::Object(wanted) = wanted else { unreachable!("capabilities are a map") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&address)
            .await
            .with_context(|| format!("starting {:?} under its driver", self.engine))?;
        if self.engine == Engine::WebKit {
            // It takes no size when it is started.
            client.set_window_rect(0, 0, webkit::WINDOW.0, webkit::WINDOW.1).await?;
        }
        Ok(client)
    }

    fn keep(&self, (programs, address): Listening) -> String {
        self.programs.lock().expect("the programs").extend(programs);
        address
    }
}

/// Where a browser puts what is downloaded, below the folder of its profile.
pub fn downloads(folder: &Path) -> std::path::PathBuf {
    folder.join("downloads")
}
