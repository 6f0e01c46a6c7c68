//! Who may administer. A handler that takes `Admin<P>` can be reached only with the permission that `P` names.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use hos_domain::identity::Permission;
use hos_domain::kernel::ErrorKind;
use hos_usecases::identity::{Administrator, Caller};

use super::caller::CurrentUser;
use crate::error::ApiError;

/// Names a permission as a type.
pub(crate) trait Needs {
    /// The permission.
    const PERMISSION: Permission;
}

/// Names permissions as types.
macro_rules! needs {
    ($($name:ident),*) => {$(
        #[doc = concat!("Needs [`Permission::", stringify!($name), "`].")]
        pub(crate) struct $name;

        impl Needs for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )*};
}

needs!(ReadUsers, Impersonates, SuspendUsers, GiveRoles, ReadAuditLog, ReadBooks, GiveRefunds);

/// A user whose role has the permission.
pub(crate) struct Admin<P> {
    /// Who, with which role.
    pub(crate) administrator: Administrator,
    /// The same as any user, with their session.
    pub(crate) caller: Caller,
    permission: PhantomData<P>,
}

impl<P: Needs + 'static> FromRequest for Admin<P> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let user = CurrentUser::from_request(request, payload);
        Box::pin(async move {
            let user = user.await?;
            if !user.role.may(P::PERMISSION) {
                let message = format!("Your role does not have the permission {}.", P::PERMISSION.name());
                return Err(ApiError::new(ErrorKind::Forbidden, message));
            }
            let administrator = Administrator { user: Some(user.user), role: user.role };
            Ok(Self { administrator, caller: *user, permission: PhantomData })
        })
    }
}
