//! Other addresses of the same routes: those that providers, platforms and older clients use. A request to an alias is
//! answered as if it had come to the route itself, and the document names both.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::middleware::Next;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, PathItem};

/// An alias and the route it stands for. A trailing `{…}` stands for one more segment.
const ALIASES: [(&str, &str); 6] = [
    ("/api/v1/health", "/health"),
    ("/api/v1/subscriptions", "/api/v1/payments/subscribe"),
    ("/api/v1/payments/subscription", "/api/v1/billing/subscription"),
    ("/api/v1/payments/webhook/{provider}", "/api/v1/webhooks/{provider}"),
    ("/webhooks/{provider}", "/api/v1/webhooks/{provider}"),
    ("/api/v1/.well-known/jwks.json", "/.well-known/jwks.json"),
];

/// Sends a request to an alias on to its route, before routing.
pub(crate) async fn follow_aliases<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if let Some(uri) = target(request.uri()) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
    next.call(request).await
}

fn target(uri: &Uri) -> Option<Uri> {
    let path = ALIASES.iter().find_map(|(alias, route)| resolve(uri.path(), alias, route))?;
    match uri.query() {
        Some(query) => format!("{path}?{query}").parse().ok(),
        None => path.parse().ok(),
    }
}

fn resolve(path: &str, alias: &str, route: &str) -> Option<String> {
    let Some((alias_head, _)) = alias.split_once('{') else {
        return (path == alias).then(|| route.to_owned());
    };
    let last = path.strip_prefix(alias_head).filter(|last| !last.is_empty() && !last.contains('/'))?;
    let (route_head, _) = route.split_once('{')?;
    Some(format!("{route_head}{last}"))
}

/// Names the aliases in the document.
pub(crate) fn document_aliases(document: &mut OpenApi) {
    for (number, (alias, route)) in ALIASES.into_iter().enumerate() {
        let Some(item) = document.paths.paths.get(route) else { continue };
        let mut item: PathItem = item.clone();
        let operations = [&mut item.get, &mut item.post].into_iter().filter_map(Option::as_mut);
        operations.for_each(|operation| rename(operation, number, route));
        document.paths.paths.insert(alias.to_owned(), item);
    }
}

fn rename(operation: &mut Operation, number: usize, route: &str) {
    operation.operation_id = operation.operation_id.take().map(|id| format!("{id}_alias_{number}"));
    operation.summary = operation.summary.take().map(|summary| format!("{summary} (alias)"));
    operation.description = Some(format!("The same as `{route}`."));
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/api/v1/health", Some("/health"))]
    #[case("/webhooks/stripe", Some("/api/v1/webhooks/stripe"))]
    #[case("/api/v1/payments/webhook/stripe?x=1", Some("/api/v1/webhooks/stripe?x=1"))]
    #[case("/webhooks/", None)]
    #[case("/webhooks/a/b", None)]
    #[case("/api/v1/webhooks/stripe", None)]
    #[case("/health", None)]
    fn an_alias_leads_to_its_route_and_nothing_else_does(#[case] path: &str, #[case] route: Option<&str>) {
        let found = target(&path.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(found.as_deref(), route);
    }
}
