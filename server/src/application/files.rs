//! Files that people send: taken whole and durable before they are answered, read by whoever may read the conversation
//! they are in. What they are is `media`'s, pictures are made anew by `pictures`, bytes lie in `store::blobs`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::model::{FileId, FileView, UnixMillis, VisitorId};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::FILE_NAME_CHARS_MAX;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt as _;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use super::Application;
use super::allowance::Rate;
use super::denial::Denial;
use super::media::{HEAD_BYTES, Kind, kind_of};
use super::pictures::Pictures;
use super::places::Places;
use super::scanning::{Scanner, Verdict};
use crate::auth::seal::Sealer;
use crate::auth::secret::random;
use crate::auth::throttle::Place;
use crate::store::blobs::Blobs;
use crate::store::conversations::Writer;
use crate::store::files::{FileRecord, NewFile, Quota};
use crate::store::{Fault, Refusal, Scope};

/// Uploads under way at one time; further ones are asked to come back.
pub const UPLOADS_MAX: usize = 64;
/// How long a signed address of a file works.
pub const FILE_LINK_LIFETIME: Duration = Duration::from_secs(300);
/// A file that is in no message after this long is dropped.
pub const UNUSED_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// What counts towards a quota.
pub const QUOTA_SPAN: Duration = Duration::from_secs(24 * 3600);
/// Files of one visitor in that time, and their bytes.
pub const VISITOR_FILES_MAX: u32 = 100;
/// See `VISITOR_FILES_MAX`.
pub const VISITOR_BYTES_MAX: u64 = 200 * 1024 * 1024;
/// Files of one agent in that time, and their bytes.
pub const AGENT_FILES_MAX: u32 = 2_000;
/// See `AGENT_FILES_MAX`.
pub const AGENT_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of visitors' files that are in no message yet: what visitors who only upload can fill.
pub const UNUSED_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Uploads from one place: a visitor is made by nothing, an address is not.
pub const PLACE_UPLOADS: Rate = Rate::new(60, Duration::from_secs(20));
/// In a signed address: on whose behalf, and until when.
const PASS_BYTES: usize = 16 + 8;
/// When to try again while the virus scanner is away.
const SCANNER_RETRY: Duration = Duration::from_secs(60);
/// Contents removed in one step.
const REMOVED_AT_ONCE: usize = 200;

/// Takes files and hands them out.
pub struct Files {
    app: Arc<Application>,
    blobs: Blobs,
    pictures: Pictures,
    under_way: Arc<Semaphore>,
    places: Places,
    /// Held while a content comes to be known or is removed: the two must not cross.
    contents: Mutex<()>,
    /// Signs addresses; its key is another one after each start, which ends all addresses.
    sealer: Sealer,
    scanner: Option<Scanner>,
}

/// An upload that may begin. Its bytes go to `path`, which is removed with it.
pub struct Upload {
    /// Where.
    pub path: PathBuf,
    owner: Writer,
    name: String,
    _turn: OwnedSemaphorePermit,
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Gone already when it came to its place.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Why an upload is not kept.
#[derive(Debug)]
pub enum NotKept {
    /// It is of a kind that is not taken, or not what it claims to be.
    Kind(&'static str),
    /// Anything else.
    Denied(Denial),
}

impl<T: Into<Denial>> From<T> for NotKept {
    fn from(denial: T) -> NotKept {
        NotKept::Denied(denial.into())
    }
}

impl Files {
    /// Over the uploads of a data directory.
    pub fn new(app: Arc<Application>, blobs: Blobs, pictures: Pictures) -> Files {
        Files {
            app,
            blobs,
            pictures,
            under_way: Arc::new(Semaphore::new(UPLOADS_MAX)),
            places: Places::default(),
            contents: Mutex::default(),
            sealer: Sealer::new(random(), "file"),
            scanner: None,
        }
    }

    /// Has a virus scanner look at every upload, if there is one.
    pub fn scanned_by(self, scanner: Option<Scanner>) -> Files {
        Files { scanner, ..self }
    }

    /// Lets an upload begin, before any of its bytes is read.
    pub fn begin(&self, owner: Writer, name: &str, from: Place) -> Result<Upload, Denial> {
        if matches!(owner, Writer::Visitor(_)) {
            let turn = self.places.take(PLACE_UPLOADS, from, 1, self.app.now());
            turn.map_err(|wait| Denial::wait(wait, "too many files at once"))?;
        }
        let busy = || Denial {
            retry_after: Some(Duration::from_secs(5)),
            ..Denial::because(
                RefusalCode::Unavailable,
                "too many files are on their way; try again in a moment",
            )
        };
        let turn = Arc::clone(&self.under_way).try_acquire_owned().map_err(|_| busy())?;
        let path = self.blobs.incoming(u128::from_be_bytes(random()));
        Ok(Upload { path, owner, name: tidy_name(name), _turn: turn })
    }

    /// Keeps an upload that has come whole. Durable when it returns.
    pub async fn keep(&self, upload: Upload) -> Result<FileView, NotKept> {
        let unreadable = |error: std::io::Error| {
            tracing::error!(%error, "an upload cannot be read or put in its place");
            Denial::because(RefusalCode::Unavailable, "the file cannot be kept now; try again later")
        };
        let head = head(&upload.path).await.map_err(unreadable)?;
        let kind = kind_of(&head, &upload.name)
            .ok_or(NotKept::Kind("files of this kind are not taken: send a picture, a document or a text"))?;
        // Before anything else of ours reads it.
        self.is_clean(&upload.path).await?;
        let (media, pixels) = match kind {
            Kind::Picture => {
                let bytes = tokio::fs::read(&upload.path).await.map_err(unreadable)?;
                let remade = self.pictures.remake(bytes).await?.map_err(NotKept::Kind)?;
                tokio::fs::write(&upload.path, &remade.bytes).await.map_err(unreadable)?;
                (remade.media, Some((remade.width, remade.height)))
            }
            Kind::Other(media) => (media, None),
        };
        let path = upload.path.clone();
        let (hash, size) = tokio::task::spawn_blocking(move || digest(&path))
            .await
            .map_err(|_| Denial::because(RefusalCode::Unavailable, "the file cannot be kept now"))?
            .map_err(unreadable)?;
        let view = FileView {
            id: FileId::from_bytes(random()),
            name: named_like(&upload.name, media),
            media: media.to_owned(),
            size,
            width: pixels.map(|(width, _)| width),
            height: pixels.map(|(_, height)| height),
        };
        let at = self.app.now();
        let new = NewFile { view: view.clone(), hash: hash.clone(), owner: upload.owner.clone(), at };
        let quota = quota(&upload.owner, at);
        let _contents = self.contents.lock().await;
        let (blobs, path, its) = (self.blobs.clone(), upload.path.clone(), hash);
        tokio::task::spawn_blocking(move || blobs.place(&path, &its))
            .await
            .map_err(|_| Denial::because(RefusalCode::Unavailable, "the file cannot be kept now"))?
            .map_err(unreadable)?;
        match self.app.store.keep_file(new.clone(), quota).await {
            Ok(()) => Ok(view),
            Err(fault) => {
                self.forget_unless_used(&new.hash).await;
                Err(match fault {
                    Fault::Refused(Refusal { code: RefusalCode::RateLimited, .. }) => {
                        Denial::wait(Duration::from_secs(3600), "so many files cannot be sent in one day")
                            .into()
                    }
                    fault => fault.into(),
                })
            }
        }
    }

    async fn is_clean(&self, file: &Path) -> Result<(), NotKept> {
        let Some(scanner) = &self.scanner else { return Ok(()) };
        match scanner.look(file).await {
            Ok(Verdict::Clean) => Ok(()),
            Ok(Verdict::Infected) => {
                tracing::warn!("the virus scanner found something in an upload; it was not kept");
                Err(NotKept::Kind("this file was not taken: a virus scanner found something in it"))
            }
            Err(error) => {
                tracing::error!(%error, "the virus scanner gives no answer: no upload is taken");
                let words =
                    "files cannot be checked for viruses now, so none is taken; try again in some minutes";
                Err(Denial {
                    retry_after: Some(SCANNER_RETRY),
                    ..Denial::because(RefusalCode::Unavailable, words)
                }
                .into())
            }
        }
    }

    /// A file that somebody may read, and where its bytes are.
    pub async fn find(&self, scope: Scope, id: FileId) -> Result<(FileRecord, PathBuf), Denial> {
        let record = self.app.store.file(scope, id).await?.ok_or_else(Denial::not_found)?;
        let path = self.blobs.path(&record.hash);
        Ok((record, path))
    }

    /// An address under which a file that the visitor may read can be had for a while, by whoever has the address.
    pub fn address(&self, visitor: VisitorId, id: FileId) -> String {
        let until = self.app.now().plus(FILE_LINK_LIFETIME);
        let said = [&visitor.to_bytes()[..], &until.0.to_be_bytes()].concat();
        format!("/file/{id}/{}", self.sealer.sealed(&id.to_bytes(), &said))
    }

    /// On whose behalf a signed address was made. `Err(true)`: it was ours, and is over.
    pub fn opened(&self, id: FileId, pass: &str) -> Result<Scope, bool> {
        let said: [u8; PASS_BYTES] = self.sealer.opened(&id.to_bytes(), pass).ok_or(false)?;
        let (visitor, until) = said.split_at(16);
        let visitor: [u8; 16] = visitor.try_into().map_err(|_| false)?;
        let until = UnixMillis(i64::from_be_bytes(until.try_into().map_err(|_| false)?));
        match self.app.now() > until {
            true => Err(true),
            false => Ok(Scope::Visitor(VisitorId::from_bytes(visitor))),
        }
    }

    /// Drops what was uploaded and never sent, and removes the bytes of everything that no file has any more.
    pub async fn sweep(&self) -> Result<(), Denial> {
        let before = self.app.now().minus(UNUSED_LIFETIME);
        self.app.store.drop_unused_files(before).await?;
        self.remove_gone().await
    }

    /// Removes the bytes of everything that no file has any more.
    pub async fn remove_gone(&self) -> Result<(), Denial> {
        let _contents = self.contents.lock().await;
        loop {
            let gone = self.app.store.gone_contents(REMOVED_AT_ONCE).await?;
            if gone.is_empty() {
                return Ok(());
            }
            for hash in &gone {
                self.forget_content(hash).await;
            }
            self.app.store.contents_removed(gone).await?;
        }
    }

    /// A content that was placed and then not kept: its bytes go, unless another file has them.
    async fn forget_unless_used(&self, hash: &str) {
        if let Ok(false) = self.app.store.has_content(hash.to_owned()).await {
            self.forget_content(hash).await;
        }
    }

    async fn forget_content(&self, hash: &str) {
        let (blobs, its) = (self.blobs.clone(), hash.to_owned());
        let removed = tokio::task::spawn_blocking(move || blobs.remove(&its)).await;
        if let Ok(Err(error)) = removed {
            tracing::error!(%error, "the bytes of a file cannot be removed");
        }
    }
}

fn quota(owner: &Writer, at: UnixMillis) -> Quota {
    let since = at.minus(QUOTA_SPAN);
    let (files_max, bytes_max) = match owner {
        Writer::Visitor(_) => (VISITOR_FILES_MAX, VISITOR_BYTES_MAX),
        Writer::Agent(_) => (AGENT_FILES_MAX, AGENT_BYTES_MAX),
    };
    Quota { since, files_max, bytes_max, unused_bytes_max: UNUSED_BYTES_MAX }
}

async fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    tokio::fs::File::open(path).await?.take(HEAD_BYTES as u64).read_to_end(&mut head).await?;
    Ok(head)
}

fn digest(path: &Path) -> std::io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let size = std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
    Ok((hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), size))
}

/// One line without what would mislead: no folders, no control or direction characters, not too long; the ending
/// stays.
pub fn tidy_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let misleads = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let clean: String = last.chars().filter(|c| !misleads(*c)).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = clean.trim_start_matches('.');
    if clean.is_empty() {
        return "file".to_owned();
    }
    let count = clean.chars().count();
    if count <= FILE_NAME_CHARS_MAX {
        return clean.to_owned();
    }
    let ending: String = match clean.rsplit_once('.') {
        Some((_, ending)) if ending.chars().count() <= 10 => format!(".{ending}"),
        _ => String::new(),
    };
    let kept = FILE_NAME_CHARS_MAX - ending.chars().count() - 1;
    clean.chars().take(kept).chain(['…']).chain(ending.chars()).collect()
}

/// A picture that was made anew may be of another kind than its name says.
fn named_like(name: &str, media: &str) -> String {
    let endings: &[&str] = match media {
        "image/png" => &["png"],
        "image/jpeg" => &["jpg", "jpeg"],
        _ => return name.to_owned(),
    };
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    if endings.contains(&ending.to_lowercase().as_str()) {
        return name.to_owned();
    }
    format!("{stem}.{}", endings[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::ClockInHand;
    use crate::store::memory::MemoryStore;

    /// S35: an address works for its file, its visitor and its five minutes.
    #[test]
    fn a_signed_address_runs_out_and_is_nobody_elses() {
        let (data, clock) = (tempfile::tempdir().unwrap(), ClockInHand::at(UnixMillis(0)));
        let app = Arc::new(Application::new(Arc::new(MemoryStore::new()), Arc::new(clock.clone())));
        let files = Files::new(app, Blobs::open(data.path()).unwrap(), Pictures::new());
        let (visitor, id) = (VisitorId(7), FileId(1));
        let address = files.address(visitor, id);
        let pass = address.rsplit('/').next().unwrap().to_owned();
        assert_eq!(files.opened(id, &pass), Ok(Scope::Visitor(visitor)));
        assert_eq!(files.opened(FileId(2), &pass), Err(false), "another file");
        for at in 0..pass.len() {
            let mut forged = pass.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            // The last character has bits that stand for nothing.
            assert!(at + 1 == pass.len() || files.opened(id, &forged) == Err(false), "{forged}");
        }
        clock.passes(FILE_LINK_LIFETIME + Duration::from_millis(1));
        assert_eq!(files.opened(id, &pass), Err(true));
    }

    #[test]
    fn names_are_one_line_and_lead_nowhere() {
        for (given, tidy) in [
            ("bill.pdf", "bill.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\windows\\win.ini", "win.ini"),
            ("a\0b\r\nSet-Cookie: x.pdf", "abSet-Cookie: x.pdf"),
            ("photo\u{202e}gnp.exe", "photognp.exe"),
            ("  two   words .txt ", "two words .txt"),
            ("", "file"),
            ("..", "file"),
            ("茶.pdf", "茶.pdf"),
        ] {
            assert_eq!(tidy_name(given), tidy);
        }
        let long = tidy_name(&format!("{}.pdf", "x".repeat(300)));
        assert_eq!(long.chars().count(), FILE_NAME_CHARS_MAX);
        assert!(long.ends_with("….pdf"));
    }

    #[test]
    fn a_remade_picture_is_named_after_what_it_is() {
        assert_eq!(named_like("a.webp", "image/jpeg"), "a.jpg");
        assert_eq!(named_like("a.JPEG", "image/jpeg"), "a.JPEG");
        assert_eq!(named_like("shot", "image/png"), "shot.png");
        assert_eq!(named_like("a.pdf", "application/pdf"), "a.pdf");
    }
}
