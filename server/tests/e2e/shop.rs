//! The websites that embed the chat: a small server inside the test, with headers of its own for every page.
//!
//! It answers under any host name, so one server plays several sites, and remembers what it was asked for and the
//! reports that browsers send it about broken policies.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::certificate::Certificate;

/// Where pages with a policy report what broke it.
pub const REPORTS: &str = "/reports";

/// A page of a shop.
#[derive(Clone, Default)]
pub struct Page {
    /// What is in the head.
    pub head: String,
    /// Headers beside the content type.
    pub headers: Vec<(&'static str, String)>,
}

impl Page {
    /// A page with the chat's tag.
    pub fn with(tag: &str) -> Page {
        Page { head: tag.to_owned(), headers: Vec::new() }
    }

    /// The same with a further header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Page {
        self.headers.push((name, value.into()));
        self
    }
}

#[derive(Default)]
struct Shelf {
    pages: HashMap<String, Page>,
    reports: Vec<String>,
    asked: Vec<String>,
}

/// A running server of host pages. Ends with this value.
pub struct Shop {
    scheme: &'static str,
    port: u16,
    shelf: Arc<Mutex<Shelf>>,
    task: AbortHandle,
}

impl Shop {
    /// Starts one; over TLS with a certificate.
    pub async fn open(certificate: Option<&Certificate>) -> Shop {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port for the shop");
        let port = listener.local_addr().expect("the shop's port").port();
        let shelf = Arc::<Mutex<Shelf>>::default();
        let tls = certificate.map(Certificate::acceptor);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let served = shelf.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, shelf) = (tls.clone(), served.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            // A browser that does not like the certificate hangs up here; the story will notice.
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, shelf).await;
                            }
                        }
                        None => serve(stream, shelf).await,
                    }
                });
            }
        });
        Shop { scheme, port, shelf, task: task.abort_handle() }
    }

    /// The origin of this shop under a host name.
    pub fn origin(&self, host: &str) -> String {
        format!("{}://{host}:{}", self.scheme, self.port)
    }

    /// Puts a page at a path, for every host.
    pub fn put(&self, path: &str, page: Page) {
        self.shelf.lock().expect("the shelf").pages.insert(path.to_owned(), page);
    }

    /// What browsers reported about broken policies so far, but for the picture that Firefox wants for its own tab.
    pub fn reports(&self) -> Vec<String> {
        let reports = self.shelf.lock().expect("the shelf").reports.clone();
        reports.into_iter().filter(|report| !report.contains("/favicon.ico")).collect()
    }

    /// The paths asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.shelf.lock().expect("the shelf").asked.clone()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    shelf: Arc<Mutex<Shelf>>,
) {
    let service = hyper::service::service_fn(move |request| answer(request, shelf.clone()));
    // An error here is a browser that went away.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Incoming>,
    shelf: Arc<Mutex<Shelf>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    if path == REPORTS {
        let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        shelf.lock().expect("the shelf").reports.push(String::from_utf8_lossy(&body).into_owned());
        return Ok(plain(204, ""));
    }
    let mut shelf = shelf.lock().expect("the shelf");
    shelf.asked.push(path.clone());
    let Some(page) = shelf.pages.get(&path) else { return Ok(plain(404, "no such page")) };
    let mut response = Response::builder().header("content-type", "text/html; charset=utf-8");
    for (name, value) in &page.headers {
        response = response.header(*name, value);
    }
    Ok(response.body(Full::from(document(&page.head))).expect("a page's headers"))
}

fn plain(status: u16, text: &'static str) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::from(text)).expect("a plain answer")
}

/// A page with enough on it to be shifted, were there something that shifts.
fn document(head: &str) -> String {
    let paragraph = "<p>Kettles, cups and pots, thrown and glazed by hand, sent within two days.</p>";
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Shop</title>\
         <meta name=\"viewport\" content=\"width=device-width\">{head}</head>\
         <body><main><h1>A shop</h1><p><a href=\"/cups\">Cups</a></p>{}</main></body></html>",
        paragraph.repeat(12)
    )
}
