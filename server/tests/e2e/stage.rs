//! What a story is played on: a folder, a certificate, a driver of browsers and the people with theirs. A story that
//! fails leaves a picture and the console of every browser behind. `browsers.txt` says which stories are played where.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;
use std::time::Duration;

use futures_util::FutureExt;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::browser::{self, Driver, Engine, Profile};
use crate::certificate::Certificate;
use crate::person::Person;

/// No story is as long as that, on any machine: a driver that has fallen silent does not hold up all others.
const STORY_MAX: Duration = Duration::from_secs(600);
/// For what is asked of a browser after its story.
const LAST_WORDS_MAX: Duration = Duration::from_secs(30);

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
    let play = async {
        let silent = "a story that does not end: a driver does not answer, or something waits for ever";
        timeout(STORY_MAX, play(&stage)).await.expect(silent)
    };
    let outcome = AssertUnwindSafe(play).catch_unwind().await;
    let people = stage.people.take();
    if outcome.is_err() {
        for person in &people {
            if timeout(LAST_WORDS_MAX, keep_evidence(name, person)).await.is_err() {
                eprintln!("the browser of {} does not answer", person.name);
            }
        }
    }
    for person in people {
        // One that does not answer ends with its driver.
        let _ = timeout(LAST_WORDS_MAX, browser::close(person.client)).await;
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
