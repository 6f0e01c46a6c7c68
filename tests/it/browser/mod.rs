//! Browsers that keep their tokens in cookies.

mod life;
mod refusals;
mod ways_in;

const ME: &str = "/api/v1/users/me";
const LOGIN: &str = "/api/v1/auth/login";
const LOGOUT: &str = "/api/v1/auth/logout";
const REFRESH: &str = "/api/v1/auth/refresh";
const CSRF: &str = "/api/v1/auth/csrf";
const SESSIONS: &str = "/api/v1/auth/sessions";

const ACCESS_COOKIE: &str = "__Host-hos_access";
const REFRESH_COOKIE: &str = "__Host-hos_refresh";
