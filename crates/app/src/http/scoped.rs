//! What API keys and devices may reach too. A handler that takes `Scoped<S>` can be reached by a user in person, and by
//! whatever has the scope that `S` names.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use hos_domain::identity::{Scope, UserId};

use super::caller::sender;
use crate::error::ApiError;

/// Names a scope as a type.
pub(crate) trait Takes {
    /// The scope.
    const SCOPE: Scope;
}

/// Names scopes as types.
macro_rules! takes {
    ($($name:ident),*) => {$(
        #[doc = concat!("Takes [`Scope::", stringify!($name), "`].")]
        pub(crate) struct $name;

        impl Takes for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )*};
}

takes!(
    ReadProfile,
    WriteProfile,
    ReadProjects,
    WriteProjects,
    ReadBilling,
    ReadMedia,
    WriteMedia,
    ReadMessaging,
    WriteMessaging
);

/// The user for whom a sender may do what the scope allows. Of the sender itself nothing is known here, so what is for
/// users in person can't be done with it.
pub(crate) struct Scoped<S> {
    /// Whose things it is about.
    pub(crate) user: UserId,
    scope: PhantomData<S>,
}

impl<S: Takes + 'static> FromRequest for Scoped<S> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let user = sender(&request).await?.within(S::SCOPE)?;
            Ok(Self { user, scope: PhantomData })
        })
    }
}
