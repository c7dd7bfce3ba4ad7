//! A small identity provider: a real HTTP server, with real keys, that does as a test tells it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use http_body_util::BodyExt;
use letaxi::app::clock::HandClock;
use letaxi::operator::Guard;
use letaxi::operator::provider::{ProviderClient, ProviderSettings, UserinfoForm};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use ring::{digest, hmac};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

pub(crate) const CLIENT: &str = "registry";
pub(crate) const SECRET: &str = "a secret: with/odd+characters";
pub(crate) const PUBLIC_URL: &str = "https://registry.example";
/// Time limit of the client's calls in the tests: the provider is on this machine.
const LIMIT: Duration = Duration::from_secs(2);

static KEY_A: LazyLock<RsaKeyPair> = LazyLock::new(|| rsa(include_str!("key-a.pem")));
static KEY_B: LazyLock<RsaKeyPair> = LazyLock::new(|| rsa(include_str!("key-b.pem")));
static CURVE: LazyLock<EcdsaKeyPair> = LazyLock::new(|| {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap()
});

fn rsa(pem: &str) -> RsaKeyPair {
    let (_, rest) = pem.split_once("PRIVATE KEY-----").unwrap();
    let (body, _) = rest.split_once("-----END").unwrap();
    let body: String = body.split_whitespace().collect();
    RsaKeyPair::from_der(&BASE64.decode(body.as_bytes()).unwrap()).unwrap()
}

/// The way a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    /// RS256 with the first key, or with the second.
    A,
    B,
    /// RS256 with the second key, under the name of the first.
    BAsA,
    /// ES256.
    Curve,
    /// `alg: none`.
    Nobody,
    /// HS256 with the first public key as the secret.
    PublicKeyAsSecret,
    /// HS256 with the client's secret.
    ClientSecret,
}

/// The way an endpoint answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Conduct {
    #[default]
    Well,
    Never,
    Endlessly,
    With(u16, Value),
    Redirects(String),
}

/// All that a test may change.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Claims in place of the right ones; null removes one.
    pub(crate) claims: Value,
    pub(crate) signer: Signer,
    /// Names of the keys that are told.
    pub(crate) told: Vec<&'static str>,
    /// Claims of the user info, and whether it is signed, and how.
    pub(crate) info: Value,
    pub(crate) info_signer: Option<Signer>,
    /// Facts of the description in place of the right ones; null removes one.
    pub(crate) about: Value,
    /// By path.
    pub(crate) conduct: BTreeMap<&'static str, Conduct>,
}

/// A visit for which a code was made.
#[derive(Clone, Debug)]
struct Visit {
    nonce: String,
    challenge: String,
}

#[derive(Debug, Default)]
struct Books {
    visits: BTreeMap<String, Visit>,
    /// Paths that were asked.
    asked: Vec<String>,
    /// Number of pieces of endless answers.
    pieces: usize,
}

pub(crate) const DESCRIPTION: &str = "/realm/.well-known/openid-configuration";
pub(crate) const KEYS: &str = "/keys";
pub(crate) const TOKEN: &str = "/token";
pub(crate) const USERINFO: &str = "/userinfo";

/// The provider.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) host: String,
    clock: HandClock,
    script: Arc<Mutex<Script>>,
    books: Arc<Mutex<Books>>,
}

/// The way back of a browser: the query of the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Back {
    pub(crate) state: String,
    pub(crate) code: String,
}

impl Fake {
    pub(crate) async fn open(clock: &HandClock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let script = Script {
            claims: json!({}),
            signer: Signer::A,
            told: vec!["a", "curve"],
            info: json!({"sub": "ada", "email": "ada@provider.example"}),
            info_signer: None,
            about: json!({}),
            conduct: BTreeMap::new(),
        };
        let script = Arc::new(Mutex::new(script));
        let fake = Self { host, clock: clock.clone(), script, books: Arc::default() };
        let router = Router::new().fallback(serve).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        fake
    }

    /// The same at an address where nothing listens.
    pub(crate) fn nowhere(self) -> Self {
        Self { host: "127.0.0.1:1".to_owned(), ..self }
    }

    pub(crate) fn issuer(&self) -> String {
        format!("http://{}/realm", self.host)
    }

    /// Changes what it does.
    pub(crate) fn tell(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Number of questions at a path.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let books = self.books.lock().unwrap();
        books.asked.iter().filter(|asked| *asked == path).count()
    }

    /// Number of pieces of endless answers, of 8 KiB each.
    pub(crate) fn pieces(&self) -> usize {
        self.books.lock().unwrap().pieces
    }

    pub(crate) fn settings(&self) -> ProviderSettings {
        ProviderSettings {
            issuer: self.issuer(),
            client_id: CLIENT.to_owned(),
            client_secret: SECRET.to_owned(),
            name: "ProConnect".to_owned(),
            scopes: vec!["email".to_owned()],
            userinfo: UserinfoForm::Plain,
            acr_values: Vec::new(),
            second_step: Vec::new(),
            links_by_email: false,
            public_url: PUBLIC_URL.to_owned(),
        }
    }

    /// A client of it, as the settings say.
    pub(crate) fn client(&self, change: impl FnOnce(&mut ProviderSettings)) -> ProviderClient {
        let mut settings = self.settings();
        change(&mut settings);
        let guard = Guard::new(vec![self.host.parse().unwrap()]).unwrap();
        ProviderClient::new(guard, settings).unwrap().within(LIMIT)
    }

    /// Does as a browser and a person who signs in there: reads the address, and comes back with a code.
    pub(crate) fn visit(&self, address: &str) -> Back {
        let url = Url::parse(address).unwrap();
        assert!(address.starts_with(&format!("http://{}/authorize?", self.host)), "{address}");
        let asked: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["redirect_uri"], format!("{PUBLIC_URL}/console/return"));
        assert_eq!(asked["scope"], "openid email");
        assert_eq!(asked["code_challenge_method"], "S256");
        // ProConnect asks for 32 characters.
        assert!(asked["state"].len() >= 32 && asked["nonce"].len() >= 32, "{address}");
        let mut books = self.books.lock().unwrap();
        let code = format!("code-{}", books.visits.len());
        let challenge = asked["code_challenge"].clone();
        books.visits.insert(code.clone(), Visit { nonce: asked["nonce"].clone(), challenge });
        Back { state: asked["state"].clone(), code }
    }

    fn script(&self) -> Script {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn description(&self, script: &Script) -> Value {
        let at = |path: &str| format!("http://{}{path}", self.host);
        let mut about = json!({
            "issuer": self.issuer(),
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at(TOKEN),
            "userinfo_endpoint": at(USERINFO),
            "jwks_uri": at(KEYS),
            "end_session_endpoint": at("/end"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        });
        merge(&mut about, &script.about);
        about
    }

    /// Hands tokens for a code, once, to the client that began the visit.
    fn tokens(&self, script: &Script, form: &BTreeMap<String, String>) -> Response {
        let refuse = |why: &str| {
            (StatusCode::BAD_REQUEST, axum::Json(json!({"error": why}))).into_response()
        };
        if form["client_id"] != CLIENT || form["client_secret"] != SECRET {
            return refuse("invalid_client");
        }
        let visit = self.books.lock().unwrap().visits.remove(&form["code"]);
        let Some(visit) = visit else { return refuse("invalid_grant") };
        let challenge = digest::digest(&digest::SHA256, form["code_verifier"].as_bytes());
        let is_right = BASE64URL_NOPAD.encode(challenge.as_ref()) == visit.challenge
            && form["redirect_uri"] == format!("{PUBLIC_URL}/console/return");
        if !is_right {
            return refuse("invalid_grant");
        }
        let now = self.clock.now().timestamp();
        let hash = digest::digest(&digest::SHA256, b"access");
        let mut claims = json!({
            "iss": self.issuer(), "aud": CLIENT, "sub": "ada", "nonce": visit.nonce,
            "iat": now, "exp": now + 60, "at_hash": BASE64URL_NOPAD.encode(&hash.as_ref()[..16]),
        });
        merge(&mut claims, &script.claims);
        let id_token = signed(&claims, script.signer);
        let tokens =
            json!({"access_token": "access", "token_type": "Bearer", "id_token": id_token});
        axum::Json(tokens).into_response()
    }

    fn userinfo(&self, script: &Script) -> Response {
        let Some(signer) = script.info_signer else {
            return axum::Json(script.info.clone()).into_response();
        };
        let mut claims = json!({"iss": self.issuer(), "aud": CLIENT});
        merge(&mut claims, &script.info);
        ([(header::CONTENT_TYPE, "application/jwt")], signed(&claims, signer)).into_response()
    }
}

/// Replaces facts; null removes one.
fn merge(facts: &mut Value, others: &Value) {
    let facts = facts.as_object_mut().unwrap();
    for (name, value) in others.as_object().unwrap() {
        if value.is_null() {
            facts.remove(name);
        } else {
            facts.insert(name.clone(), value.clone());
        }
    }
}

async fn serve(State(fake): State<Fake>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    fake.books.lock().unwrap().asked.push(path.clone());
    let script = fake.script();
    match script.conduct.get(&*path).cloned().unwrap_or_default() {
        Conduct::Well => {}
        Conduct::Never => return std::future::pending().await,
        Conduct::Endlessly => {
            let blank = move || {
                fake.books.lock().unwrap().pieces += 1;
                Ok::<_, std::io::Error>(axum::body::Bytes::from_static(&[b' '; 8_192]))
            };
            let blanks = futures_util::stream::repeat_with(blank);
            let json = [(header::CONTENT_TYPE, "application/json")];
            return (json, Body::from_stream(blanks)).into_response();
        }
        Conduct::With(status, body) => {
            return (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response();
        }
        Conduct::Redirects(to) => {
            return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response();
        }
    }
    let is_known =
        request.headers().get(header::AUTHORIZATION).is_some_and(|it| it == "Bearer access");
    match &*path {
        DESCRIPTION => axum::Json(fake.description(&script)).into_response(),
        KEYS => axum::Json(keys(&script.told)).into_response(),
        TOKEN => {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let form = url::form_urlencoded::parse(&body).into_owned().collect();
            fake.tokens(&script, &form)
        }
        USERINFO if is_known => fake.userinfo(&script),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn keys(told: &[&str]) -> Value {
    let of_rsa = |kid: &str, key: &RsaKeyPair| {
        let public = PublicKeyComponents::<Vec<u8>>::from(key.public());
        let (n, e) = (BASE64URL_NOPAD.encode(&public.n), BASE64URL_NOPAD.encode(&public.e));
        json!({"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": n, "e": e})
    };
    let key = |kid: &&str| match *kid {
        "a" => of_rsa("a", &KEY_A),
        "b" => of_rsa("b", &KEY_B),
        _ => {
            // Uncompressed: a byte, then both coordinates.
            let (x, y) = CURVE.public_key().as_ref()[1..].split_at(32);
            let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
            json!({"kty": "EC", "kid": "curve", "use": "sig", "crv": "P-256", "x": x, "y": y})
        }
    };
    json!({"keys": told.iter().map(key).collect::<Vec<_>>()})
}

/// A token of these claims.
fn signed(claims: &Value, signer: Signer) -> String {
    let (algorithm, kid) = match signer {
        Signer::A | Signer::BAsA => ("RS256", "a"),
        Signer::B => ("RS256", "b"),
        Signer::Curve => ("ES256", "curve"),
        Signer::Nobody => ("none", "a"),
        Signer::PublicKeyAsSecret | Signer::ClientSecret => ("HS256", "a"),
    };
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let header = json!({"alg": algorithm, "kid": kid, "typ": "JWT"});
    let text = format!("{}.{}", part(&header), part(claims));
    let by_rsa = |key: &RsaKeyPair| {
        let mut signature = vec![0; key.public().modulus_len()];
        let random = SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).unwrap();
        signature
    };
    let by_secret = |secret: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    };
    let signature = match signer {
        Signer::A => by_rsa(&KEY_A),
        Signer::B | Signer::BAsA => by_rsa(&KEY_B),
        Signer::Curve => {
            let random = SystemRandom::new();
            CURVE.sign(&random, text.as_bytes()).unwrap().as_ref().to_vec()
        }
        Signer::Nobody => Vec::new(),
        Signer::PublicKeyAsSecret => by_secret(KEY_A.public().as_ref()),
        Signer::ClientSecret => by_secret(SECRET.as_bytes()),
    };
    format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
}
