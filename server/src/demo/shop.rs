//! The small shop of the demo: three static pages with the tag in their head, on another site than the chat server,
//! under a strict policy as careful sites have it. It sells nothing.

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use warp::http::{HeaderValue, StatusCode};
use warp::path::FullPath;
use warp::reply::Response;

const FRAME: &str = include_str!("shop/frame.html");
const SHEET: &str = include_str!("shop/shop.css");

/// Address, title, content.
const PAGES: &[(&str, &str, &str)] = &[
    ("/", "Tea and pots", include_str!("shop/home.html")),
    ("/pot", "The clay pot", include_str!("shop/pot.html")),
    ("/delivery", "Delivery", include_str!("shop/delivery.html")),
];

/// All of the shop. `tag` is what its owner pasted, `chat` the origin of the chat server.
pub fn filter(tag: String, chat: String) -> BoxedFilter<(Response,)> {
    warp::get()
        .or(warp::head())
        .unify()
        .and(warp::path::full())
        .map(move |path: FullPath| answer(path.as_str(), &tag, &chat))
        .boxed()
}

fn answer(path: &str, tag: &str, chat: &str) -> Response {
    if path == "/shop.css" {
        return typed(SHEET.to_owned(), "text/css; charset=utf-8", chat);
    }
    if let Some((at, title, content)) = PAGES.iter().find(|(at, ..)| *at == path) {
        return typed(page(at, title, content, tag), "text/html; charset=utf-8", chat);
    }
    let nothing = "<h1>There is nothing here</h1><p><a href=\"/\">Back to the tea</a></p>";
    let mut response = typed(page(path, "Nothing here", nothing, tag), "text/html; charset=utf-8", chat);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn page(at: &str, title: &str, content: &str, tag: &str) -> String {
    let mut page = FRAME.replace("{{title}}", title).replace("{{tag}}", tag);
    for (other, ..) in PAGES {
        let mark = if *other == at { " aria-current=\"page\"" } else { "" };
        page = page.replace(&format!("{{{{at:{other}}}}}"), mark);
    }
    page.replace("{{page}}", content)
}

fn typed(text: String, kind: &'static str, chat: &str) -> Response {
    let policy = format!(
        "default-src 'none'; script-src {chat}; frame-src {chat}; style-src 'self'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    );
    let mut response = Response::new(text.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_the_tag_and_no_placeholder() {
        for (at, title, content) in PAGES {
            let page = page(at, title, content, "<script async src=\"http://localhost:1/w/K.js\"></script>");
            assert!(page.contains("/w/K.js") && !page.contains("{{"), "{at}");
            assert_eq!(page.matches("aria-current").count(), 1, "{at}");
            assert!(!page.contains("style="), "{at}");
        }
    }
}
