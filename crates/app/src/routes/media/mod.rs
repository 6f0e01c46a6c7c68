//! Media's routes.

mod objects;
mod photos;
mod uploads;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(uploads::request_upload)
        .service(photos::add_photo)
        .service(photos::list_photos)
        .service(photos::read_photo)
        .service(photos::delete_photo);
}

pub(super) fn at_root(config: &mut ServiceConfig) {
    config.configure(objects::routes);
}
