//! What a story is played on: a folder, a certificate, a driver of browsers and the people with theirs. A story that
//! fails leaves a picture and the console of every browser behind. `browsers.txt` says which stories are played where.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;

use futures_util::FutureExt;
use tempfile::TempDir;

use crate::browser::{self, Driver, Engine, Profile};
use crate::certificate::Certificate;
use crate::person::Person;

/// The stage of one story.
pub struct Stage {
    /// A certificate that the browsers of this stage accept.
    pub certificate: Certificate,
    driver: Driver,
    people: RefCell<Vec<Person>>,
    folder: TempDir,
}

impl Stage {
    /// Somebody with an ordinary browser of their own.
    pub async fn person(&self, name: &'static str) -> Person {
        self.person_with(name, Profile::default()).await
    }

    /// Somebody with a special browser of their own.
    pub async fn person_with(&self, name: &'static str, profile: Profile) -> Person {
        let folder = self.folder.path().join(name);
        let client = self.driver.open(&folder, profile, Some(&self.certificate.fingerprint)).await;
        let client = client.expect("a browser");
        let person = Person::new(name, client, self.driver.engine(), browser::downloads(&folder));
        self.people.borrow_mut().push(person.clone());
        person
    }
}

/// Plays a story and cleans up after it, however it ends.
pub async fn story(name: &'static str, play: impl AsyncFnOnce(&Stage)) {
    let engine = Engine::wanted().expect("a browser for the story");
    let folder = tempfile::tempdir().expect("a folder for the story");
    let certificate = Certificate::new(folder.path());
    let stage = Stage {
        certificate,
        driver: Driver::start(engine).expect("a driver of browsers"),
        people: RefCell::default(),
        folder,
    };
    let outcome = AssertUnwindSafe(play(&stage)).catch_unwind().await;
    let people = stage.people.take();
    if outcome.is_err() {
        for person in &people {
            keep_evidence(name, person).await;
        }
    }
    for person in people {
        browser::close(person.client).await;
    }
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

async fn keep_evidence(story: &str, person: &Person) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/e2e-failures");
    let file = folder.join(format!("{story}-{}", person.name));
    std::fs::create_dir_all(&folder).expect("the folder of evidence");
    if let Ok(picture) = person.client.screenshot().await {
        std::fs::write(file.with_extension("png"), picture).expect("keeping the picture");
    }
    if person.engine == Engine::Chromium {
        let console = person.console().await;
        std::fs::write(file.with_extension("log"), console.join("\n")).expect("keeping the console");
    }
    eprintln!(
        "the screen of {} when `{story}` failed: {}",
        person.name,
        file.with_extension("png").display()
    );
}
