//! The platform's routes.

mod audit_log;
mod projects;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(audit_log::read_audit_log)
        .service(projects::create_project)
        .service(projects::list_projects)
        .service(projects::read_project)
        .service(projects::edit_project)
        .service(projects::delete_project)
        .service(projects::restore_project);
}
