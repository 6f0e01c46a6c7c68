//! Gyms and teams: who may do what, what becomes of invitations, and what two who act at once can't break.

mod access;
mod hall;
mod invitations;
mod life;
mod races;
