//! The routes of what people send and take away: uploads, files, transcripts. The caps stand before any body is read;
//! what is handed out cannot run as a page of ours, whatever is in it (S32).

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use deskbell_shared::model::{ConversationId, FileId};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::api::{FileLink, TranscriptRequest};
use deskbell_shared::protocol::limits::{FILE_BYTES_MAX, FRAME_BYTES_MAX};
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;
use warp::Reply as _;
use warp::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::words::WORDS;
use super::{Edge, reply};
use crate::application::accounts::Signed;
use crate::application::files::NotKept;
use crate::store::Scope;
use crate::store::audit::{Target, What};
use crate::store::conversations::Writer;
use crate::store::files::FileRecord;

/// Carries the name of an upload, percent-encoded UTF-8: the body is the file and nothing else.
pub const NAME_HEADER: &str = "x-deskbell-name";
/// Its length in bytes: every character of the longest name, encoded, and room for folders we drop.
const NAME_BYTES_MAX: usize = 4096;
/// Files on their way out at a time; each takes an open file and a piece in memory.
const OUTGOING_MAX: usize = 512;
/// What is read of a file at a time, so that its size is nothing to the memory.
const PIECE_BYTES: usize = 64 * 1024;

static OUTGOING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(OUTGOING_MAX)));

/// `POST /w/KEY/upload`
pub async fn upload_of_visitor(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let visitor = call.visitor(&edge).await?;
    upload(edge, call, Writer::Visitor(visitor)).await
}

/// `POST /api/upload`
pub async fn upload_of_agent(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let agent = call.agent()?.id;
    upload(edge, call, Writer::Agent(agent)).await
}

async fn upload(edge: Arc<Edge>, mut call: Call, owner: Writer) -> Result<Response, Problem> {
    let name = name_of(&call)?;
    call.announced_within(FILE_BYTES_MAX)?;
    let upload = edge.files.begin(owner, &name, call.place())?;
    call.save(&upload.path, FILE_BYTES_MAX).await?;
    match edge.files.keep(upload).await {
        Ok(view) => Ok(reply::json(&view)),
        Err(NotKept::Kind(why)) => Err(Problem::media(why)),
        Err(NotKept::Denied(denial)) => Err(denial.into()),
    }
}

fn name_of(call: &Call) -> Result<String, Problem> {
    let given = call.header(NAME_HEADER).unwrap_or_default();
    let wrong = || {
        let words = "the name of the file has to be percent-encoded UTF-8";
        Problem::new(StatusCode::BAD_REQUEST, RefusalCode::Malformed, words)
    };
    if given.len() > NAME_BYTES_MAX {
        return Err(wrong());
    }
    decoded(given).ok_or_else(wrong)
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// `POST /w/KEY/file/ID`
pub async fn link(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let visitor = call.visitor(&edge).await?;
    let id = file_id(&call, 1)?;
    edge.files.find(Scope::Visitor(visitor), id).await?;
    Ok(reply::json(&FileLink { url: edge.files.address(visitor, id) }))
}

/// `GET /file/ID`
pub async fn file(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let scope = Scope::Agent(call.agent()?.id);
    hand_out(&edge, scope, file_id(&call, 0)?).await
}

/// `GET /file/ID/PASS`
pub async fn signed_file(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let id = file_id(&call, 0)?;
    let pass = call.params.get(1).map(String::as_str).unwrap_or_default();
    let scope = edge.files.opened(id, pass).map_err(|was_ours| match was_ours {
        true => {
            let words = "this address worked for a few minutes only; open the file in the chat again";
            Problem::new(StatusCode::FORBIDDEN, RefusalCode::NotAllowed, words)
        }
        false => Problem::not_found(),
    })?;
    // Asked again: what was erased meanwhile, or is no longer theirs, is gone at once.
    hand_out(&edge, scope, id).await
}

/// `POST /w/KEY/transcript`
pub async fn transcript_of_visitor(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let scope = Scope::Visitor(call.visitor(&edge).await?);
    let asked: TranscriptRequest = call.json(FRAME_BYTES_MAX).await?;
    transcript(&edge, &call, scope, asked.conversation, None).await
}

/// `GET /api/conversations/ID/transcript`
pub async fn transcript_of_agent(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let agent = call.agent()?;
    let id = call.params.first().and_then(|text| ConversationId::from_hex(text));
    let id = id.ok_or_else(Problem::not_found)?;
    transcript(&edge, &call, Scope::Agent(agent.id), id, Some(agent)).await
}

async fn transcript(
    edge: &Edge,
    call: &Call,
    scope: Scope,
    id: ConversationId,
    staff: Option<Signed>,
) -> Result<Response, Problem> {
    let language = call.language();
    let title = WORDS.of(language).conversation;
    let text = edge.app.transcript(scope, id, title, language).await?;
    if let Some(agent) = staff {
        edge.app.note(agent, What::TranscriptTaken, Target::Conversation(id), "").await?;
    }
    // The mark at the beginning tells programs that it is UTF-8.
    let mut response = reply::typed(format!("\u{feff}{text}"), "text/plain; charset=utf-8");
    put_name(&mut response, "attachment", &format!("{title}.txt"));
    Ok(response)
}

async fn hand_out(edge: &Edge, scope: Scope, id: FileId) -> Result<Response, Problem> {
    let (record, path) = edge.files.find(scope, id).await?;
    let mut response = outgoing(&record, &path).await?;
    // Only what we have made ourselves is shown; the rest is kept by whoever wants it.
    let how = if record.view.width.is_some() { "inline" } else { "attachment" };
    put_name(&mut response, how, &record.view.name);
    if let Ok(media) = HeaderValue::from_str(&record.view.media) {
        response.headers_mut().insert(CONTENT_TYPE, media);
    }
    Ok(response)
}

/// A file on its way, a piece at a time: the next is read when the one before has gone.
async fn outgoing(record: &FileRecord, path: &Path) -> Result<Response, Problem> {
    let room = Arc::clone(&OUTGOING).try_acquire_owned();
    let room = room.map_err(|_| {
        Problem::unavailable("too many files are on their way; try again in a moment", Duration::from_secs(2))
    })?;
    let unreadable = |error: std::io::Error| {
        tracing::error!(%error, file = %record.view.id, "the bytes of a file cannot be read");
        Problem::unavailable("this file cannot be read now", Duration::from_secs(60))
    };
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let length = file.metadata().await.map_err(unreadable)?.len();
    let pieces = futures_util::stream::try_unfold((file, room), |(mut file, room)| async move {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        (&mut file).take(PIECE_BYTES as u64).read_to_end(&mut piece).await?;
        Ok::<_, std::io::Error>((!piece.is_empty()).then(|| (Bytes::from(piece), (file, room))))
    });
    let mut response = warp::reply::stream(pieces).into_response();
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

fn file_id(call: &Call, at: usize) -> Result<FileId, Problem> {
    call.params.get(at).and_then(|text| FileId::from_hex(text)).ok_or_else(Problem::not_found)
}

/// `Content-Disposition` after RFC 6266: a plain name for old programs, and the real one.
pub fn put_name(response: &mut Response, how: &str, name: &str) {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    let value = format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{whole}");
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_header() {
        let named = |name: &str| {
            let mut response = Response::new("".into());
            put_name(&mut response, "attachment", name);
            response.headers()[CONTENT_DISPOSITION].to_str().unwrap().to_owned()
        };
        assert_eq!(named("bill 1.pdf"), "attachment; filename=\"bill 1.pdf\"; filename*=UTF-8''bill%201.pdf");
        assert_eq!(named("茶.txt"), "attachment; filename=\"_.txt\"; filename*=UTF-8''%E8%8C%B6.txt");
        let evil = named("a\"; filename=\"b.exe\r\nSet-Cookie: x");
        assert!(!evil.contains('\r') && evil.matches('"').count() == 2, "{evil}");
    }

    #[test]
    fn names_are_read_as_they_were_written() {
        assert_eq!(decoded("%E8%8C%B6%20a.txt").as_deref(), Some("茶 a.txt"));
        for wrong in ["%", "%2", "%zz", "%ff%fe"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }
}
