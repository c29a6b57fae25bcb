//! What a browser keeps for one identity: the outbox, the ends of transcripts, the visitor token. One IndexedDB
//! database with three stores of texts. Where IndexedDB is denied, only the token is kept, in memory.

use super::has;
use core::cell::RefCell;
use js_sys::{Array, Function, Promise};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode,
};

/// Rows of the outbox by cmid.
pub(super) const OUTBOX: &str = "outbox";
/// Ends of transcripts by conversation.
pub(super) const CACHE: &str = "cache";
const TOKEN: &str = "token";
const STORES: [&str; 3] = [OUTBOX, CACHE, TOKEN];

/// A database that does not open within this time counts as denied.
const OPEN_MS_MAX: i32 = 3_000;
/// A database that does not answer its first question within this time is opened anew. WebKit's sometimes says nothing at all
/// after its page has been left for another one, while what is opened next answers at once.
const ANSWER_MS_MAX: i32 = 1_500;
/// As often as this; then it counts as denied.
const OPENINGS_MAX: u32 = 4;

/// The storage of one identity. Cheap to clone; all clones are the same storage.
#[derive(Clone)]
pub struct Store {
    database: Option<IdbDatabase>,
    token: Rc<RefCell<Option<String>>>,
}

impl Store {
    /// Opens (and if need be makes) the database of that name. Never fails: what is denied is not kept.
    pub async fn open(name: &str) -> Store {
        let token = Rc::default();
        for _ in 0..OPENINGS_MAX {
            let Some(database) = open(name).await else { break };
            if answers(&database).await {
                return Store { database: Some(database), token };
            }
            database.close();
        }
        // Not taken for empty: nothing is written over what may be there.
        Store { database: None, token }
    }

    /// Removes the database of that name with everything in it: the end of an identity on this device.
    pub async fn forget(name: &str) {
        if let Some(factory) = factory()
            && let Ok(request) = factory.delete_database(name)
        {
            let _ = JsFuture::from(within(OPEN_MS_MAX, &settled(&request))).await;
        }
    }

    /// Whether anything survives the page.
    pub fn kept(&self) -> bool {
        self.database.is_some()
    }

    /// The visitor token, if one was kept.
    pub async fn token(&self) -> Option<String> {
        let stored = self.all(TOKEN).await.pop();
        stored.or_else(|| self.token.borrow().clone())
    }

    /// Keeps the visitor token.
    pub async fn keep_token(&self, token: &str) {
        *self.token.borrow_mut() = Some(token.to_owned());
        self.put(TOKEN, TOKEN, token).await;
    }

    /// All texts of a store.
    pub(super) async fn all(&self, store: &str) -> Vec<String> {
        self.read_all(store).await.unwrap_or_default()
    }

    /// Puts a text under its key and says whether it is kept. The order of calls is the order of writes.
    pub(super) fn put(&self, store: &str, key: &str, text: &str) -> impl Future<Output = bool> + use<> {
        let (key, text) = (JsValue::from_str(key), JsValue::from_str(text));
        committed(self.write(store, |store| store.put_with_key(&text, &key)))
    }

    /// Removes what is under a key.
    pub(super) fn remove(&self, store: &str, key: &str) -> impl Future<Output = bool> + use<> {
        let key = JsValue::from_str(key);
        committed(self.write(store, |store| store.delete(&key)))
    }

    fn write(
        &self,
        store: &str,
        f: impl FnOnce(&IdbObjectStore) -> Result<IdbRequest, JsValue>,
    ) -> Option<Promise> {
        let transaction = self.begin(store, IdbTransactionMode::Readwrite)?;
        f(&transaction.object_store(store).ok()?).ok()?;
        Some(Promise::new(&mut |resolve: Function, reject: Function| {
            transaction.set_oncomplete(Some(&resolve));
            transaction.set_onabort(Some(&reject));
        }))
    }

    async fn read_all(&self, store: &str) -> Option<Vec<String>> {
        let transaction = self.begin(store, IdbTransactionMode::Readonly)?;
        let request = transaction.object_store(store).ok()?.get_all().ok()?;
        JsFuture::from(settled(&request)).await.ok()?;
        let rows: Array = request.result().ok()?.unchecked_into();
        Some(rows.iter().filter_map(|row| row.as_string()).collect())
    }

    fn begin(&self, store: &str, mode: IdbTransactionMode) -> Option<IdbTransaction> {
        self.database.as_ref()?.transaction_with_str_and_mode(store, mode).ok()
    }
}

async fn open(name: &str) -> Option<IdbDatabase> {
    let request = factory()?.open_with_u32(name, 1).ok()?;
    let made = request.clone();
    let upgrade = Closure::<dyn Fn()>::new(move || {
        if let Some(database) = result_of(&made) {
            for store in STORES {
                let _ = database.create_object_store(store);
            }
        }
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    JsFuture::from(within(OPEN_MS_MAX, &settled(&request))).await.ok()?;
    let database = result_of(&request)?;
    // A removal from another tab must not wait for this one.
    let closing = database.clone();
    let closer = Closure::<dyn Fn()>::new(move || closing.close());
    database.set_onversionchange(Some(closer.as_ref().unchecked_ref()));
    closer.forget();
    Some(database)
}

/// Whether what was opened can be read.
async fn answers(database: &IdbDatabase) -> bool {
    let asked = database.transaction_with_str_and_mode(TOKEN, IdbTransactionMode::Readonly);
    let store = asked.and_then(|transaction| transaction.object_store(TOKEN));
    match store.and_then(|store| store.count()) {
        Ok(request) => JsFuture::from(within(ANSWER_MS_MAX, &settled(&request))).await.is_ok(),
        Err(_) => false,
    }
}

fn result_of(request: &IdbOpenDbRequest) -> Option<IdbDatabase> {
    request.result().ok().map(JsCast::unchecked_into)
}

fn factory() -> Option<web_sys::IdbFactory> {
    let window = web_sys::window()?;
    // The getter itself throws where storage is denied.
    has(&window, "indexedDB").then(|| window.indexed_db().ok().flatten()).flatten()
}

/// A promise that settles with a request.
fn settled(request: &IdbRequest) -> Promise {
    Promise::new(&mut |resolve: Function, reject: Function| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    })
}

/// The promise, or a rejection when it takes too long.
fn within(ms: i32, promise: &Promise) -> Promise {
    let late = Promise::new(&mut |_: Function, reject: Function| {
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&reject, ms);
        }
    });
    Promise::race(&Array::of2(promise, &late))
}

async fn committed(promise: Option<Promise>) -> bool {
    match promise {
        Some(promise) => JsFuture::from(promise).await.is_ok(),
        None => false,
    }
}
