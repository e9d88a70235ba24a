//! A whole cluster within this process.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::runtime::Handle;

use super::{Pipe, Stillness, VirtualClock, drive, pipe};
use crate::client::Dial;
use crate::sandbox::pki::Pki;
use crate::sandbox::{Profile, Shared, World, apiserver, boot, dockerd, etcd};

/// When the world begins: the day of the release that is modelled, 2021-01-13 at noon.
const BEGIN: Timestamp = Timestamp::constant(1_610_539_200, 0);

/// The embedded cluster: what it holds lives as long as this, and its clock moves only while a script waits.
#[derive(Debug)]
pub struct Sandbox {
    shared: Shared,
    stillness: Stillness,
    runtime: Handle,
}

impl Sandbox {
    /// Starts one of a profile. The same seed gives the same cluster. To be called within a runtime that has one worker.
    ///
    /// # Errors
    /// A mistake in the sandbox itself; what, for people.
    pub fn start(profile: Profile, seed: u64) -> Result<Self, String> {
        let mut world = World::new(seed, BEGIN);
        let mut secret = [0; 32];
        world.rng.fill(&mut secret);
        let pki = Pki::new(&secret, BEGIN, boot::NODES[0], &[])?;
        boot::boot(&mut world, profile, &pki.ca.certificate).map_err(|status| status.message)?;
        boot::install(&mut world, &pki);
        let (shared, stillness, runtime) = (Shared::new(world), Stillness::default(), Handle::current());
        runtime.spawn(drive(shared.clone(), stillness.clone()));
        Ok(Self { shared, stillness, runtime })
    }

    /// Its clock.
    pub fn clock(&self) -> VirtualClock {
        VirtualClock::new(self.shared.clone(), self.stillness.clone())
    }

    /// To its API server, as its administrator.
    pub fn api(&self) -> Dial {
        self.dial(|stream, shared| apiserver::serve(stream, shared, apiserver::User::admin()))
    }

    /// To its etcd.
    pub fn etcd(&self) -> Dial {
        self.dial(etcd::serve)
    }

    /// To its Docker Engine.
    pub fn docker(&self) -> Dial {
        self.dial(dockerd::serve)
    }

    fn dial<F>(&self, serve: impl Fn(Pipe, Shared) -> F + Send + Sync + 'static) -> Dial
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (shared, stillness, runtime) = (self.shared.clone(), self.stillness.clone(), self.runtime.clone());
        Arc::new(move || {
            let (near, far) = pipe(&stillness);
            runtime.spawn(serve(far, shared.clone()));
            Box::new(near)
        })
    }
}
