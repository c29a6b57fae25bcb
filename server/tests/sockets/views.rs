//! Saved views over the real routes.

use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{ListName, Priority, Role, TagId, Term};
use deskbell_shared::protocol::api::{Nothing, ViewEdit, ViewsView};
use deskbell_shared::protocol::limits::VIEW_NAME_CHARS_MAX;

use crate::support::Server;
use crate::support::http::{Request, get, own_page, post, send};

fn edit(name: &str, is_shared: bool, terms: Vec<Term>) -> ViewEdit {
    ViewEdit { name: name.to_owned(), is_shared, list: ListName::Queue, terms }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_follow_whoever_saved_them_and_shared_ones_everybody() {
    let mut server = Server::start().await;
    let (mia, ben) = (server.agent("Mia").await, server.person("Ben", Role::LightAgent).await);
    let (sam, port) = (server.person("Sam", Role::Supervisor).await, server.port());
    let high = || vec![Term::Priority { priority: Priority::High }];
    let made = post(port, "/api/views", Some(&mia.cookie), &edit("  Hot  ", false, high())).await;
    let hot = made.read::<ViewsView>().views.remove(0);
    assert_eq!((hot.name.as_str(), &hot.terms, hot.is_shared), ("Hot", &high(), false));
    let made = post(port, "/api/views", Some(&sam.cookie), &edit("Ours", true, vec![])).await;
    let ours = made.read::<ViewsView>().views.remove(0);
    let tag = || Term::Tag { tag: TagId(7) };
    let long = "x".repeat(VIEW_NAME_CHARS_MAX + 1);
    for (cookie, path, body, status) in [
        (&mia.cookie, "/api/views".to_owned(), edit("all", true, vec![]), 403),
        (&ben.cookie, "/api/views".to_owned(), edit("all", true, vec![]), 403),
        (&mia.cookie, format!("/api/views/{}", ours.id), edit("mine", true, vec![]), 403),
        (&ben.cookie, format!("/api/views/{}", hot.id), edit("mine", false, vec![]), 404),
        (&ben.cookie, "/api/views/1".to_owned(), edit("mine", false, vec![]), 404),
        (&mia.cookie, "/api/views".to_owned(), edit("HOT", false, vec![]), 409),
        (&mia.cookie, "/api/views".to_owned(), edit(" ", false, vec![]), 422),
        (&mia.cookie, "/api/views".to_owned(), edit(&long, false, vec![]), 422),
        (&mia.cookie, "/api/views".to_owned(), edit("twice", false, vec![tag(), tag()]), 422),
    ] {
        let answer = post(port, &path, Some(cookie), &body).await;
        assert_eq!(answer.status, status, "{path} {}: {}", body.to_text(), answer.body);
    }
    // What is no term is none: nothing of it reaches a query.
    let body = r#"{"name":"x","is_shared":false,"list":"all","terms":[{"of":"sql","sql":"1=1"}]}"#.to_owned();
    let headers = own_page(port, Some(&mia.cookie));
    let request = Request { method: "POST", path: "/api/views", headers, body };
    assert_eq!(send(port, request).await.status, 400);
    // A light agent has views of their own.
    let made = post(port, "/api/views", Some(&ben.cookie), &edit("notes", false, vec![tag()])).await;
    let theirs: Vec<_> = made.read::<ViewsView>().views.into_iter().map(|view| view.name).collect();
    assert_eq!(theirs, ["notes", "Ours"]);
    server.kill();
    server.run().await;
    let port = server.port();
    let path = format!("/api/views/{}", hot.id);
    let changed = post(port, &path, Some(&mia.cookie), &edit("Hotter", false, high())).await;
    let named = |view: ViewsView| view.views.into_iter().map(|view| view.name).collect::<Vec<_>>();
    assert_eq!(named(changed.read()), ["Hotter", "Ours"]);
    let path = format!("/api/views/{}/forget", ours.id);
    assert_eq!(post(port, &path, Some(&mia.cookie), &Nothing {}).await.status, 403);
    post(port, &path, Some(&sam.cookie), &Nothing {}).await.read::<ViewsView>();
    let left: ViewsView = get(port, "/api/views", Some(&mia.cookie)).await.read();
    assert_eq!(named(left), ["Hotter"]);
}
