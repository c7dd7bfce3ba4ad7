//! Identification and permission of callers. Each handler has one of these types as an argument, so a route
//! without a check does not compile.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use registry::Role;

use super::route::{Argument, Inputs};
use crate::app::App;
use crate::app::account::caller::{ApiCall, Caller, Unidentified};
use crate::app::account::limits::Admitted;
use crate::server::cookie;
use crate::server::refusal::Error;

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident: $roles:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name(Caller);

        impl $name {
            /// Roles of which one is enough; none stands for any account.
            const ROLES: &'static [Role] = &$roles;
        }

        impl Argument for $name {
            fn describe(inputs: &mut Inputs) {
                inputs.roles = Some(Self::ROLES);
            }
        }

        impl Deref for $name {
            type Target = Caller;

            fn deref(&self) -> &Caller {
                &self.0
            }
        }

        impl FromRequestParts<Arc<App>> for $name {
            type Rejection = Error;

            async fn from_request_parts(
                parts: &mut Parts,
                app: &Arc<App>,
            ) -> Result<Self, Error> {
                let roles = Self::ROLES;
                let caller = identify(parts, app)?;
                if roles.is_empty() || caller.account.roles.has_any(roles) {
                    Ok(Self(caller))
                } else {
                    Err(Error::forbidden())
                }
            }
        }
    };
}

identity!(
    /// An operator, or an admin.
    Operator: [Role::Admin, Role::Operator]
);
identity!(
    /// A search app, or an admin.
    Client: [Role::Admin, Role::Client]
);
identity!(
    /// Any account.
    AnyAccount: []
);
identity!(
    /// An admin.
    Admin: [Role::Admin]
);
identity!(
    /// An inspector.
    Inspector: [Role::Inspector]
);
identity!(
    /// An operator; an admin without that role would have nothing to see.
    OperatorItself: [Role::Operator]
);
identity!(
    /// A search app, an operator, or an admin.
    Partner: [Role::Admin, Role::Client, Role::Operator]
);

fn identify(parts: &Parts, app: &App) -> Result<Caller, Error> {
    let header =
        |name: &str| parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let unauthorised = |text| Error::of_request(StatusCode::UNAUTHORIZED, text);
    let admitted = parts.extensions.get::<Admitted>();
    let is_signed_in = admitted.is_some_and(|admitted| admitted.sign_in.is_some());
    if !is_signed_in && !parts.headers.contains_key("x-api-key") {
        let was_signed_in = cookie::SIGN_IN.sent(&parts.headers).is_some();
        return Err(unauthorised(if was_signed_in {
            "The sign-in is over: sign in again."
        } else {
            "Header X-Api-Key required."
        }));
    }
    let owner = admitted.and_then(|admitted| admitted.owner.clone());
    let act_as = header("x-logas").filter(|email| !email.is_empty());
    let call = ApiCall { method: parts.method.to_string(), location: location(parts) };
    app.identify(owner, act_as.as_deref(), call).map_err(|why| {
        unauthorised(match why {
            Unidentified::UnknownKey => "Header X-Api-Key not valid.",
            Unidentified::MayNotActAs => "Header X-Api-Key and/or X-Logas not valid.",
        })
    })
}

/// The requested path, with its query if it has one; without a query that names a place, which the activity log would
/// keep for longer than the law allows.
fn location(parts: &Parts) -> String {
    let names_place = |query: &str| {
        let mut names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
        names.any(|name| matches!(name, "lon" | "lat"))
    };
    if parts.uri.query().is_some_and(names_place) {
        return parts.uri.path().to_owned();
    }
    parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default()
}
