//! Files on somebody's own device: what they send, and what they get. Picked, copied and dropped as the browser has it
//! from the pointer and the keys; a download is waited for in the folder where the browser puts it.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::browser::{self, Engine};
use crate::person::Person;
use crate::waiting::until;

/// A person's folder.
pub struct Pocket {
    person: Person,
    folder: TempDir,
}

impl Pocket {
    /// A new one; the person's browser puts there what is downloaded.
    pub async fn of(person: &Person) -> Pocket {
        let pocket = Pocket { person: person.clone(), folder: tempfile::tempdir().expect("a pocket") };
        if person.engine == Engine::Chromium {
            let there = json!({ "behavior": "allow", "downloadPath": person.downloads });
            browser::devtools(&person.client, "Browser.setDownloadBehavior", there)
                .await
                .expect("the developer tools");
        }
        pocket
    }

    /// Puts a file there.
    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file in the pocket");
        path
    }

    /// Waits until a file of that name has been downloaded, and takes it out.
    pub async fn gets(&self, name: &str) -> Vec<u8> {
        let path = self.person.downloads.join(name);
        let what = format!("{} gets the file {name}", self.person.name);
        // The browser keeps the name free with an empty file, and gives it to the real one when that is whole.
        let bytes = until(&what, async || std::fs::read(&path).ok().filter(|bytes| !bytes.is_empty())).await;
        std::fs::remove_file(&path).expect("taking a file out of the pocket");
        bytes
    }
}

/// A picture as a camera's program would have drawn it: large enough to be one, and not of one colour.
pub fn picture(width: u32, height: u32) -> Vec<u8> {
    let drawn = image::RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = ((255 * x / width) as u8, (255 * y / height) as u8);
        image::Rgb([x, y, 160])
    });
    let mut bytes = Cursor::new(Vec::new());
    drawn.write_to(&mut bytes, image::ImageFormat::Png).expect("drawing a picture");
    bytes.into_inner()
}

/// A document that nothing can press together.
pub fn document(bytes: usize) -> Vec<u8> {
    let mut state = 1u32;
    let noise = std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    b"%PDF-1.7\n".iter().copied().chain(noise).take(bytes).collect()
}

/// What a browser does when a file is pasted into a field, or dropped onto it.
const BRING: &str = "const [field, kind, name, size] = arguments;
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(size).fill(97)], name, { type: 'text/plain' }));
    const made = kind === 'paste'
        ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
        : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
    document.querySelector(field).dispatchEvent(made);";

impl Person {
    /// Pastes a file of so many bytes into a field, or drops it onto it: `paste`, `dragover`, `drop`.
    pub async fn brings(&self, field: &str, kind: &str, name: &str, bytes: usize) {
        let given = vec![json!(field), json!(kind), json!(name), json!(bytes)];
        self.client.execute(BRING, given).await.expect("the event");
    }

    /// Chooses files in the dialog of a field.
    pub async fn picks(&self, field: &str, files: &[&Path]) {
        let input = self.client.find(fantoccini::Locator::Css(field)).await.expect("a field for files");
        let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
        let picked = input.send_keys(&names.join("\n")).await;
        picked.unwrap_or_else(|error| panic!("{} picks {names:?}: {error}", self.name));
    }

    /// Drags a file from elsewhere over the page and lets it go there (for a profile in one process).
    pub async fn drops(&self, file: &Path, x: i32, y: i32) {
        for kind in ["dragEnter", "dragOver", "drop"] {
            let data = json!({ "items": [], "files": [file.display().to_string()], "dragOperationsMask": 1 });
            let event = json!({ "type": kind, "x": x, "y": y, "data": data });
            browser::devtools(&self.client, "Input.dispatchDragEvent", event)
                .await
                .unwrap_or_else(|error| panic!("{} drops a file: {error}", self.name));
        }
    }

    /// Lets uploads go at so many bytes a second from now on; at any speed with `None`.
    pub async fn uploads_at(&self, bytes_a_second: Option<u32>) {
        let upload = bytes_a_second.map_or(-1, i64::from);
        let link =
            json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload });
        browser::devtools(&self.client, "Network.enable", json!({})).await.expect("the developer tools");
        browser::devtools(&self.client, "Network.emulateNetworkConditions", link)
            .await
            .expect("the developer tools");
    }

    /// From now on nothing of these addresses can be reached from this tab.
    pub async fn cannot_reach(&self, addresses: &[&str]) {
        browser::devtools(&self.client, "Network.enable", json!({})).await.expect("the developer tools");
        browser::devtools(&self.client, "Network.setBlockedURLs", json!({ "urls": addresses }))
            .await
            .expect("the developer tools");
    }
}
