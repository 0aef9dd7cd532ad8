//! xdeploy against implementations of AWS, and clients of AWS, that nobody here wrote.

mod clients;
mod codepipeline;
mod differential;
mod docs;
mod entering;
mod functions;
mod junit;
mod kept_values;
mod messages;
mod ministack;
mod moto;
mod network;
mod organizations;
mod outputs;
mod package;
mod pipelines;
mod shared_state;
mod systems;
mod templates;
mod worker_policy;
