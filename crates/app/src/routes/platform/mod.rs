//! The platform's routes.

mod projects;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(projects::create_project)
        .service(projects::list_projects)
        .service(projects::read_project)
        .service(projects::edit_project)
        .service(projects::delete_project)
        .service(projects::restore_project);
}
